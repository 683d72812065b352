#include "planned_batch.h"

#include <cstring>
#include <stdexcept>
#include <string>
#include <type_traits>

namespace sslmem {

namespace {

constexpr size_t kAlignment = 16;

template <class T>
size_t reserve(size_t& size, const std::vector<T>& values) {
  static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= kAlignment, "copied as bytes");
  const size_t at = size;
  size += (values.size() * sizeof(T) + kAlignment - 1) / kAlignment * kAlignment;
  return at;
}

template <class T>
void put(uint8_t* to, const std::vector<T>& values) {
  if (!values.empty()) std::memcpy(to, values.data(), values.size() * sizeof(T));
}

}  // namespace

PlannedBatch plan_batch(const Chain& chain, const std::vector<ImageView>& images, const ViewRequest& request,
                        size_t first, size_t count) {
  PlannedBatch batch{ViewPlan(output_size(chain)), {}, {}};
  std::vector<Op> ops;
  for (size_t place = 0; place < count; ++place) {
    const size_t i = (first + place) / request.views;
    const ImageView& image = images.at(i);
    try {
      draw_view(chain, image.height, image.width,
                request.key(i, static_cast<uint32_t>((first + place) % request.views)), ops);
      if (batch.plan.add(image, ops)) {
        batch.places.push_back(static_cast<int64_t>(place));
      } else {
        batch.host.push_back({place, i, ops});
      }
    } catch (const std::invalid_argument& error) {
      throw std::invalid_argument("sample " + std::to_string(request.samples.at(i)) + ": " + error.what());
    }
  }
  return batch;
}

PlanBytes::PlanBytes(const ViewPlan& plan)
    : crops(reserve(size_, plan.crops)),
      before_ops(reserve(size_, plan.before_blur.ops)),
      before_begin(reserve(size_, plan.before_blur.begin)),
      after_ops(reserve(size_, plan.after_blur.ops)),
      after_begin(reserve(size_, plan.after_blur.begin)),
      weights(reserve(size_, plan.blur_weights())),
      taps(reserve(size_, plan.blur_taps)) {}

void PlanBytes::write(const ViewPlan& plan, uint8_t* to) const {
  put(to + crops, plan.crops);
  put(to + before_ops, plan.before_blur.ops);
  put(to + before_begin, plan.before_blur.begin);
  put(to + after_ops, plan.after_blur.ops);
  put(to + after_begin, plan.after_blur.begin);
  put(to + weights, plan.blur_weights());
  put(to + taps, plan.blur_taps);
}

}  // namespace sslmem
