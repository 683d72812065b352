// The executor. A view is a few passes over its image, each in tiles of rows that stay in the first-level
// cache:
//   input (resize from the bytes | moved pixels | planes | blur along y) -> pointwise colour -> sink (planes
//   | blur along x | output)
// A pass ends where the next operation needs the whole image: the mean of a contrast, a blur, a later resize
// or crop.

#include "augment.h"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "blur.h"
#include "color.h"
#include "gather.h"
#include "op_limits.h"
#include "planes.h"
#include "point_op.h"
#include "resample.h"

namespace sslmem {

struct Scratch::Buffers {
  Planes image, other;  // the image between passes; the second of two where an operation is not in place
  std::vector<float> tile, row;
  std::vector<const float*> rows;
  ByteResampler resampler;
  GatherMap map;
  BlurAxis blur_x, blur_y,
      next_blur_y;  // along y a blur is finished by the pass after the one that begins it
  PlaneResampler plane_resampler;
};

Scratch::Scratch() : buffers_(std::make_unique<Buffers>()) {}
Scratch::~Scratch() = default;
Scratch::Scratch(Scratch&&) noexcept = default;
Scratch& Scratch::operator=(Scratch&&) noexcept = default;

namespace {

// Pixels of a tile: three float planes of it take 24 KiB, most of a first-level cache of 32 KiB.
constexpr int kTilePixels = 2048;

enum class Input { Resample, Gather, Planes, BlurColumns };
enum class Sink { Planes, BlurRows, Output };

bool is_flip(OpKind kind) { return kind == OpKind::HorizontalFlip || kind == OpKind::VerticalFlip; }
bool is_resize(OpKind kind) { return kind == OpKind::Resize || kind == OpKind::ResizedCrop; }
class Runner {
 public:
  Runner(const ImageView& image, const std::vector<Op>& ops, float* out, Scratch::Buffers& buffers)
      : image_(image), at_(ops.data()), end_(ops.data() + ops.size()), out_(out), buffers_(buffers) {}

  void run() {
    begin();
    while (!done_) next_pass();
  }

 private:
  // The leading moves and resize, straight from the bytes.
  void begin() {
    size_ = {image_.height, image_.width};
    if (at_ != end_ && is_resize(at_->kind) && box_inside(*at_)) {
      begin_resample();
    } else {
      input_ = Input::Gather;
      begin_gather();
    }
  }

  bool box_inside(const Op& op) const {
    return op.kind == OpKind::Resize ||
           (op.top >= 0 && op.left >= 0 && int64_t{op.top} + op.height <= image_.height &&
            int64_t{op.left} + op.width <= image_.width);
  }

  void begin_resample() {
    Op op = *at_++;
    if (op.kind == OpKind::Resize) {
      const OutputSize size = check_op(op, size_, "resize");
      op.top = op.left = 0;
      op.height = image_.height;
      op.width = image_.width;
      op.out_height = size.height;
      op.out_width = size.width;
    }
    bool flip_rows = false, flip_columns = false;
    for (; at_ != end_ && is_flip(at_->kind); ++at_) {
      (at_->kind == OpKind::VerticalFlip ? flip_rows : flip_columns) ^= true;
    }
    size_ = {op.out_height, op.out_width};
    note_resize(op, {op.height, op.width});
    const size_t width = static_cast<size_t>(image_.width);
    const uint8_t* box =
        image_.pixels + (static_cast<size_t>(op.top) * width + static_cast<size_t>(op.left)) * 3;
    buffers_.resampler.prepare(box, width, op.height, op.width, op, flip_rows, flip_columns);
    input_ = Input::Resample;
  }

  void note_resize(const Op& op, OutputSize from) {
    const bool changes = from.height != size_.height || from.width != size_.width;
    if (op.interpolation == Interpolation::Bicubic && changes) unit_range_ = false;  // it overshoots
  }

  void begin_gather() {
    buffers_.map.reset(size_);
    append_moves();
  }

  // Takes moves for as long as one map holds them, and the crop of a resized crop.
  void append_moves() {
    while (at_ != end_ && GatherMap::takes(at_->kind) && buffers_.map.append(*at_)) note_fill(*at_++);
    if (at_ != end_ && at_->kind == OpKind::ResizedCrop && buffers_.map.append(*at_)) {
      pending_resize_ = *at_++;
      has_pending_resize_ = true;
    }
    size_ = buffers_.map.size();
  }

  void note_fill(const Op& op) {
    if (op.kind == OpKind::Pad && !(op.value >= 0.0 && op.value <= 1.0)) unit_range_ = false;
  }

  void next_pass() {
    const Op* pointwise = at_;
    bool first = true;
    // A contrast needs the mean of its input: only as the first of a pass, whose input's sum the last pass
    // has taken.
    while (!has_pending_resize_ && at_ != end_ && is_pointwise(at_->kind) &&
           (at_->kind != OpKind::AdjustContrast || (first && has_sum_))) {
      first = false;
      ++at_;
    }
    const bool finished = !has_pending_resize_ && at_ == end_;
    const bool blurs = !has_pending_resize_ && !finished && at_->kind == OpKind::GaussianBlur;
    const bool contrasts = !has_pending_resize_ && !finished && at_->kind == OpKind::AdjustContrast;
    if (blurs) prepare_blur(*at_);
    pass(pointwise, at_, finished ? Sink::Output : blurs ? Sink::BlurRows : Sink::Planes, contrasts);
    has_sum_ = contrasts;
    done_ = finished;
    input_ = Input::Planes;
    if (blurs) {
      input_ = Input::BlurColumns;
      ++at_;
    } else if (!finished && !contrasts) {
      move_planes();
    }
  }

  void prepare_blur(const Op& op) {
    gaussian_weights(op.kernel_size[0], op.sigma[0], buffers_.blur_x.weights);
    gaussian_weights(op.kernel_size[1], op.sigma[1], buffers_.next_blur_y.weights);
  }

  // A resize, crop, pad or flip after other operations: from planes to planes.
  void move_planes() {
    if (!has_pending_resize_ && at_->kind != OpKind::Resize) {
      begin_gather();
      buffers_.map.apply(buffers_.image, buffers_.other);
      std::swap(buffers_.image, buffers_.other);
      return;
    }
    const Op op = has_pending_resize_ ? pending_resize_ : *at_++;
    has_pending_resize_ = false;
    const OutputSize from = size_;
    size_ = check_op(op, from, "resize");
    note_resize(op, from);
    buffers_.plane_resampler.apply(buffers_.image, op, size_, buffers_.other);
    std::swap(buffers_.image, buffers_.other);
  }

  void pass(const Op* begin, const Op* end, Sink sink, bool sums) {
    // A blur reads rows of `other` beyond its tile, so what a second blur writes has to lie elsewhere.
    const bool blurs_twice = input_ == Input::BlurColumns && sink == Sink::BlurRows;
    if (sink == Sink::BlurRows && !blurs_twice) buffers_.other.resize(size_);
    if (sink == Sink::Planes || blurs_twice) buffers_.image.resize(size_);
    const int width = size_.width;
    const int tile_rows = std::min(size_.height, std::max(1, kTilePixels / width));
    const size_t tile_plane = static_cast<size_t>(tile_rows) * static_cast<size_t>(width);
    if (buffers_.tile.size() < 3 * tile_plane) buffers_.tile.resize(3 * tile_plane);
    const bool normalizes = sink == Sink::Output && begin != end && (end - 1)->kind == OpKind::Normalize;
    const Op* last = normalizes ? end - 1 : end;
    const double mean = has_sum_ ? sum_ / (static_cast<double>(size_.height) * width) : 0.0;
    sum_ = 0.0;
    const bool unit_range = unit_range_;
    for (int y = 0; y < size_.height; y += tile_rows) {
      const int rows = std::min(tile_rows, size_.height - y);
      const size_t count = static_cast<size_t>(rows) * static_cast<size_t>(width);
      const bool in_image = input_ == Input::Planes || sink == Sink::Planes || blurs_twice;
      float* tile = buffers_.tile.data();
      const PlanePointers planes =
          in_image ? buffers_.image.rows(y) : PlanePointers{tile, tile + tile_plane, tile + 2 * tile_plane};
      fill(y, rows, planes);
      unit_range_ = unit_range;
      for (const Op* op = begin; op != last; ++op) apply_pointwise(*op, planes, count, mean);
      if (sums) sum_ += gray_sum(planes, count);
      if (sink == Sink::Output) write(planes, count, y, normalizes ? last : nullptr);
      if (sink == Sink::BlurRows && !blurs_twice) blur_tile(planes, y, rows);
    }
    if (blurs_twice) {
      for (int y = 0; y < size_.height; ++y) blur_tile_into_other(y);
    }
    std::swap(buffers_.blur_y, buffers_.next_blur_y);
  }

  void fill(int y, int rows, PlanePointers to) {
    if (input_ == Input::Resample) {
      buffers_.resampler.rows(y, y + rows, to);
    } else if (input_ == Input::Gather) {
      buffers_.map.rows(image_.pixels, static_cast<size_t>(image_.width), y, y + rows, to);
    } else if (input_ == Input::BlurColumns) {
      float* planes[3] = {to.red, to.green, to.blue};
      for (size_t channel = 0; channel < 3; ++channel) {
        for (int row = 0; row < rows; ++row) {
          blur_column_row(buffers_.other, channel, y + row, buffers_.blur_y, buffers_.rows,
                          planes[channel] + static_cast<size_t>(row) * static_cast<size_t>(size_.width));
        }
      }
    }
  }

  void blur_tile(PlanePointers from, int y, int rows) {
    const float* planes[3] = {from.red, from.green, from.blue};
    for (size_t channel = 0; channel < 3; ++channel) {
      for (int row = 0; row < rows; ++row) {
        const size_t offset = static_cast<size_t>(row) * static_cast<size_t>(size_.width);
        blur_row(planes[channel] + offset, size_.width, buffers_.blur_x, buffers_.row,
                 const_cast<float*>(buffers_.other.row(channel, y + row)));
      }
    }
  }

  void blur_tile_into_other(int y) { blur_tile(buffers_.image.rows(y), y, 1); }

  void apply_pointwise(const Op& op, PlanePointers image, size_t count, double mean) {
    switch (op.kind) {
      case OpKind::AdjustBrightness:
        adjust_brightness(image, count, static_cast<float>(op.value));
        unit_range_ = true;
        break;
      case OpKind::AdjustContrast:
        adjust_contrast(image, count, op.value, mean);
        unit_range_ = true;
        break;
      case OpKind::AdjustSaturation:
        adjust_saturation(image, count, op.value);
        unit_range_ = true;
        break;
      case OpKind::AdjustHue:
        adjust_hue(image, count, op.value, unit_range_);
        break;
      case OpKind::RgbToGrayscale:
        rgb_to_grayscale(image, count);
        break;
      case OpKind::Solarize:
        solarize(image, count, op.value);
        break;
      case OpKind::Invert:
        invert(image, count);
        break;
      case OpKind::Normalize:
        normalize(image, count, op.mean, op.std_dev);
        unit_range_ = false;
        break;
      default:
        break;
    }
  }

  void write(PlanePointers image, size_t count, int y, const Op* normalization) {
    float mean[3] = {0.0f, 0.0f, 0.0f}, scale[3] = {1.0f, 1.0f, 1.0f};
    for (int c = 0; c < 3 && normalization != nullptr; ++c) {
      mean[c] = static_cast<float>(normalization->mean[c]);
      scale[c] = static_cast<float>(1.0 / normalization->std_dev[c]);
    }
    interleave(image, count, mean, scale,
               out_ + static_cast<size_t>(y) * static_cast<size_t>(size_.width) * 3);
  }

  const ImageView& image_;
  const Op *at_, *end_;
  float* out_;
  Scratch::Buffers& buffers_;
  OutputSize size_;
  Input input_ = Input::Gather;
  bool done_ = false;
  bool unit_range_ = true;  // values are known to lie in [0, 1]
  bool has_sum_ = false;    // sum_ holds the sum of the grey values of the image
  double sum_ = 0.0;
  bool has_pending_resize_ = false;
  Op pending_resize_;
};

}  // namespace

void augment_image(const ImageView& image, const std::vector<Op>* views, size_t count, OutputSize size,
                   float* out, Scratch& scratch) {
  for (size_t i = 0; i < count; ++i) {
    const OutputSize got = output_size(views[i], image.height, image.width);
    if (got.height != size.height || got.width != size.width) {
      throw std::invalid_argument("Expected a view of " + size_text(size) + " but its operations give " +
                                  size_text(got));
    }
    float* view = out + i * static_cast<size_t>(size.height) * static_cast<size_t>(size.width) * 3;
    Runner(image, views[i], view, scratch.buffers()).run();
  }
}

}  // namespace sslmem
