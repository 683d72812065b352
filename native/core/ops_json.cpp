// Explicit operations as JSON: the names and arguments of torchvision.transforms.v2.functional.

#include <algorithm>
#include <limits>
#include <map>
#include <stdexcept>

#include "chain.h"
#include "json_fields.h"
#include "op_limits.h"

namespace sslmem {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

class Writer {
 public:
  Writer(const Op& op, std::string& out) : out_(out) {
    out_ += std::string("{\"op\":\"") + op_name(op.kind) + "\"";
  }
  ~Writer() { out_ += '}'; }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  Writer& number(const char* name, double value) {
    key(name);
    append_number(value, out_);
    return *this;
  }
  template <class T>
  Writer& list(const char* name, const T* values, int count) {
    key(name);
    for (int i = 0; i < count; ++i) {
      out_ += i == 0 ? '[' : ',';
      append_number(static_cast<double>(values[i]), out_);
    }
    out_ += ']';
    return *this;
  }
  Writer& text(const char* name, const std::string& value) {
    key(name);
    out_ += "\"" + value + "\"";
    return *this;
  }
  Writer& boolean(const char* name, bool value) {
    key(name);
    out_ += value ? "true" : "false";
    return *this;
  }
  Writer& box(const Op& op) {
    return number("top", op.top)
        .number("left", op.left)
        .number("height", op.height)
        .number("width", op.width);
  }
  Writer& size(const char* name, const Op& op) {
    const int32_t values[2] = {op.out_height, op.out_width};
    return list(name, values, op.out_width == 0 ? 1 : 2);
  }
  Writer& interpolation(const Op& op) {
    return text("interpolation", op.interpolation == Interpolation::Bicubic ? "bicubic" : "bilinear")
        .boolean("antialias", op.antialias);
  }

 private:
  void key(const char* name) { out_ += std::string(",\"") + name + "\":"; }
  std::string& out_;
};

// The argument that Op::value stands for; nullptr where there is none.
const char* value_name(OpKind kind) {
  switch (kind) {
    case OpKind::AdjustBrightness:
      return "brightness_factor";
    case OpKind::AdjustContrast:
      return "contrast_factor";
    case OpKind::AdjustSaturation:
      return "saturation_factor";
    case OpKind::AdjustHue:
      return "hue_factor";
    case OpKind::Solarize:
      return "threshold";
    default:
      return nullptr;
  }
}

const char* padding_mode_name(PaddingMode mode) {
  return mode == PaddingMode::Reflect ? "reflect" : mode == PaddingMode::Edge ? "edge" : "constant";
}

void append_op(const Op& op, std::string& out) {
  Writer writer(op, out);
  switch (op.kind) {
    case OpKind::ResizedCrop:
      writer.box(op).size("size", op).interpolation(op);
      break;
    case OpKind::Resize:
      writer.size("size", op).interpolation(op);
      break;
    case OpKind::CenterCrop:
      writer.size("output_size", op);
      break;
    case OpKind::Crop:
      writer.box(op);
      break;
    case OpKind::Pad:
      writer.list("padding", op.padding, 4).number("fill", op.value);
      writer.text("padding_mode", padding_mode_name(op.padding_mode));
      break;
    case OpKind::RgbToGrayscale:
      writer.number("num_output_channels", 3);
      break;
    case OpKind::GaussianBlur:
      writer.list("kernel_size", op.kernel_size, 2).list("sigma", op.sigma, 2);
      break;
    case OpKind::Normalize:
      writer.list("mean", op.mean, 3).list("std", op.std_dev, 3);
      break;
    default:
      if (const char* name = value_name(op.kind)) writer.number(name, op.value);
  }
}

void read_box(JsonFields& fields, Op& op) {
  constexpr int64_t kLowest = std::numeric_limits<int32_t>::min(),
                    kHighest = std::numeric_limits<int32_t>::max();
  op.top = fields.integer("top", kLowest, kHighest);
  op.left = fields.integer("left", kLowest, kHighest);
  op.height = fields.integer("height", 1, kMaxSide);
  op.width = fields.integer("width", 1, kMaxSide);
}

void read_size(JsonFields& fields, const char* name, Op& op, bool shorter_side) {
  const auto size = fields.integers(name, 1, 2, 1, kMaxSide);
  op.out_height = size[0];
  op.out_width = size.size() == 2 ? size[1] : shorter_side ? 0 : size[0];
}

void read_pad(JsonFields& fields, Op& op) {
  const auto padding = fields.integers("padding", 1, 4, 0, kMaxSide);
  if (padding.size() == 3) fields.fail("padding", "a number or a list of 1, 2 or 4 numbers");
  for (size_t i = 0; i < 4; ++i) op.padding[i] = padding[i % padding.size()];
  op.value = fields.number_or("fill", -kMaxFactor, kMaxFactor, 0.0);
  op.padding_mode = fields.padding_mode();
}

void read_fields(JsonFields& fields, Op& op) {
  switch (op.kind) {
    case OpKind::ResizedCrop:
      read_box(fields, op);
      [[fallthrough]];
    case OpKind::Resize:
      read_size(fields, "size", op, op.kind == OpKind::Resize);
      op.interpolation = fields.interpolation();
      op.antialias = fields.boolean_or("antialias", true);
      break;
    case OpKind::CenterCrop:
      read_size(fields, "output_size", op, false);
      break;
    case OpKind::Crop:
      read_box(fields, op);
      break;
    case OpKind::Pad:
      read_pad(fields, op);
      break;
    case OpKind::RgbToGrayscale:
      if (fields.number_or("num_output_channels", 1, 3, 3.0) != 3.0) fields.fail("num_output_channels", "3");
      break;
    case OpKind::GaussianBlur: {
      const auto kernel = fields.integers("kernel_size", 1, 2, 1, kMaxKernel);
      const auto sigma = fields.numbers("sigma", 1, 2, kMinSigma, kMaxSigma);
      for (size_t i = 0; i < 2; ++i) {
        op.kernel_size[i] = kernel[i % kernel.size()];
        op.sigma[i] = sigma[i % sigma.size()];
      }
      break;
    }
    case OpKind::Normalize: {
      const auto mean = fields.numbers("mean", 3, 3, -kInfinity, kInfinity);
      const auto std_dev = fields.numbers("std", 3, 3, kMinStd, kInfinity);
      std::copy(mean.begin(), mean.end(), op.mean);
      std::copy(std_dev.begin(), std_dev.end(), op.std_dev);
      break;
    }
    default:
      if (const char* name = value_name(op.kind)) {
        const double low = op.kind == OpKind::AdjustHue  ? -0.5
                           : op.kind == OpKind::Solarize ? -kMaxFactor
                                                         : 0.0;
        const double high = op.kind == OpKind::AdjustHue  ? 0.5
                            : op.kind == OpKind::Solarize ? 1.0
                                                          : kMaxFactor;
        op.value = fields.number(name, low, high);
      }
  }
}

const std::map<std::string, OpKind>& kinds() {
  static const std::map<std::string, OpKind> table = [] {
    std::map<std::string, OpKind> out;
    for (uint8_t kind = 0; kind <= static_cast<uint8_t>(OpKind::Normalize); ++kind) {
      out[op_name(static_cast<OpKind>(kind))] = static_cast<OpKind>(kind);
    }
    return out;
  }();
  return table;
}

std::vector<Op> read_ops(const JsonValue& value, const std::string& where) {
  if (value.type != JsonValue::Type::Array)
    throw std::invalid_argument("Expected " + where + " to be a JSON array");
  std::vector<Op> ops;
  for (size_t i = 0; i < value.items.size(); ++i) {
    const std::string place = "operation " + std::to_string(i) + " of " + where;
    JsonFields fields(value.items[i], "op", place);
    const auto found = kinds().find(fields.name());
    if (found == kinds().end()) {
      std::string names;
      for (const auto& kind : kinds()) names += (names.empty() ? "" : ", ") + kind.first;
      throw std::invalid_argument("Unknown op \"" + fields.name() + "\" in " + place + "; known are " +
                                  names);
    }
    Op op;
    op.kind = found->second;
    read_fields(fields, op);
    fields.finish();
    ops.push_back(op);
  }
  return ops;
}

}  // namespace

void append_ops_json(const std::vector<Op>& ops, std::string& out) {
  out += '[';
  for (size_t i = 0; i < ops.size(); ++i) {
    if (i > 0) out += ',';
    append_op(ops[i], out);
  }
  out += ']';
}

std::string ops_to_json(const std::vector<Op>& ops) {
  std::string out;
  append_ops_json(ops, out);
  return out;
}

std::vector<Op> parse_ops(const std::string& json) { return read_ops(parse_json(json), "the list"); }

std::vector<std::vector<Op>> parse_op_lists(const std::string& json) {
  const JsonValue value = parse_json(json);
  if (value.type != JsonValue::Type::Array)
    throw std::invalid_argument("Expected a JSON array of operation lists");
  std::vector<std::vector<Op>> lists;
  for (size_t i = 0; i < value.items.size(); ++i)
    lists.push_back(read_ops(value.items[i], "list " + std::to_string(i)));
  return lists;
}

}  // namespace sslmem
