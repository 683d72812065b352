// Kernels that move values and compute none.
#include "kernels.h"

namespace sslmem::torch {

using Tensors = std::vector<at::Tensor>;

namespace {

at::Tensor slice(const Call& c) {
  at::Tensor x = c.input(0);
  const auto begin = c.attributes.integers("begin"), size = c.attributes.integers("size");
  for (size_t axis = 0; axis < begin.size(); ++axis)
    x = x.narrow(static_cast<int64_t>(axis), begin[axis], size[axis]);
  return x;
}

/// begin, end and strides as TensorFlow.js' sliceInfo gives them, one for each axis.
at::Tensor strided_slice(const Call& c) {
  at::Tensor x = c.input(0);
  const auto begin = c.attributes.integers("begin"), end = c.attributes.integers("end"),
             strides = c.attributes.integers("strides");
  for (size_t i = 0; i < begin.size(); ++i) {
    const auto axis = static_cast<int64_t>(i);
    if (strides[i] > 0) {
      x = x.slice(axis, begin[i], std::max(begin[i], end[i]), strides[i]);
    } else {
      const int64_t count = std::max<int64_t>(0, (end[i] - begin[i] + strides[i] + 1) / strides[i]);
      const at::Tensor places = at::arange(count, x.options().dtype(at::kLong)) * strides[i] + begin[i];
      x = at::index_select(x, axis, places);
    }
  }
  return x.reshape(c.attributes.integers("shape"));
}

at::Tensor padded(const Call& c) {
  const auto pads = c.attributes.integers("paddings");
  std::vector<int64_t> list;
  for (size_t axis = pads.size() / 2; axis-- > 0;)
    list.insert(list.end(), {pads[2 * axis], pads[2 * axis + 1]});
  return at::constant_pad_nd(c.input(0), list, c.attributes.number("constantValue", 0));
}

at::Tensor mirrored(const Call& c) {
  at::Tensor x = c.input(0);
  const auto pads = c.attributes.integers("paddings");
  const int64_t edge = c.attributes.text("mode") == "reflect" ? 1 : 0;  // "symmetric" repeats the border
  for (int64_t axis = 0; axis < x.dim(); ++axis) {
    const int64_t n = x.size(axis), before = pads[2 * static_cast<size_t>(axis)],
                  after = pads[2 * static_cast<size_t>(axis) + 1];
    const at::Tensor left = at::flip(x.narrow(axis, edge, before), axis);
    const at::Tensor right = at::flip(x.narrow(axis, n - after - edge, after), axis);
    x = at::cat({left, x, right}, axis);
  }
  return x;
}

/// [batch, …] with blocks of the batch moved into space, then cut (TensorFlow's BatchToSpaceND).
at::Tensor batch_to_space(const Call& c) {
  const at::Tensor x = c.input(0);
  const auto block = c.attributes.integers("blockShape"), crops = c.attributes.integers("crops");
  const size_t m = block.size();
  int64_t product = 1;
  for (const int64_t b : block) product *= b;
  std::vector<int64_t> split = block, order = {static_cast<int64_t>(m)}, merged = {x.size(0) / product};
  split.push_back(x.size(0) / product);
  for (int64_t axis = 1; axis < x.dim(); ++axis) split.push_back(x.size(axis));
  for (size_t i = 0; i < m; ++i) {
    order.insert(order.end(), {static_cast<int64_t>(m + 1 + i), static_cast<int64_t>(i)});
    merged.push_back(x.size(static_cast<int64_t>(i) + 1) * block[i]);
  }
  for (int64_t axis = static_cast<int64_t>(m) + 1; axis < x.dim(); ++axis) {
    order.push_back(static_cast<int64_t>(m) + axis);
    merged.push_back(x.size(axis));
  }
  at::Tensor y = x.reshape(split).permute(order).reshape(merged);
  for (size_t i = 0; i < m; ++i) {
    const auto axis = static_cast<int64_t>(i) + 1;
    y = y.narrow(axis, crops[2 * i], y.size(axis) - crops[2 * i] - crops[2 * i + 1]);
  }
  return y;
}

at::Tensor space_to_batch(const Call& c) {
  const auto block = c.attributes.integers("blockShape"), pads = c.attributes.integers("paddings");
  const size_t m = block.size();
  at::Tensor x = c.input(0);
  std::vector<int64_t> list(2 * static_cast<size_t>(x.dim()), 0);
  for (size_t i = 0; i < m; ++i) {
    const size_t place = 2 * (static_cast<size_t>(x.dim()) - 2 - i);
    list[place] = pads[2 * i];
    list[place + 1] = pads[2 * i + 1];
  }
  x = at::constant_pad_nd(x, list);
  std::vector<int64_t> split = {x.size(0)}, order, merged;
  int64_t batch = x.size(0);
  for (size_t i = 0; i < m; ++i) {
    split.insert(split.end(), {x.size(static_cast<int64_t>(i) + 1) / block[i], block[i]});
    order.push_back(static_cast<int64_t>(2 * i + 2));
    batch *= block[i];
  }
  order.push_back(0);
  merged.push_back(batch);
  for (size_t i = 0; i < m; ++i) {
    order.push_back(static_cast<int64_t>(2 * i + 1));
    merged.push_back(split[2 * i + 1]);
  }
  for (int64_t axis = static_cast<int64_t>(m) + 1; axis < x.dim(); ++axis) {
    split.push_back(x.size(axis));
    order.push_back(static_cast<int64_t>(m) + axis);
    merged.push_back(x.size(axis));
  }
  return x.reshape(split).permute(order).reshape(merged);
}

at::Tensor depth_to_space(const Call& c) {
  const bool first = c.attributes.text("dataFormat", "NHWC") == "NCHW";
  const int64_t b = c.attributes.integer("blockSize");
  const at::Tensor x = first ? c.input(0).movedim(1, -1) : c.input(0);
  const int64_t n = x.size(0), h = x.size(1), w = x.size(2), depth = x.size(3) / (b * b);
  const at::Tensor y =
      x.reshape({n, h, w, b, b, depth}).permute({0, 1, 3, 2, 4, 5}).reshape({n, h * b, w * b, depth});
  return first ? y.movedim(-1, 1) : y;
}

}  // namespace

void add_shape_kernels(KernelTable& table) {
  table["Concat"] = [](const Call& c) -> Tensors {
    return {at::cat(c.inputs, c.attributes.integer("axis"))};
  };
  table["Pack"] = [](const Call& c) -> Tensors {
    return {at::stack(c.inputs, c.attributes.integer("axis"))};
  };
  table["Unpack"] = [](const Call& c) -> Tensors {
    return at::unbind(c.input(0), c.attributes.integer("axis"));
  };
  table["SplitV"] = [](const Call& c) -> Tensors {
    return at::split_with_sizes(c.input(0), c.attributes.integers("sizes"), c.attributes.integer("axis"));
  };
  table["Slice"] = [](const Call& c) -> Tensors { return {slice(c)}; };
  table["StridedSlice"] = [](const Call& c) -> Tensors { return {strided_slice(c)}; };
  table["Transpose"] = [](const Call& c) -> Tensors {
    return {c.input(0).permute(c.attributes.integers("perm"))};
  };
  table["Tile"] = [](const Call& c) -> Tensors { return {c.input(0).repeat(c.attributes.integers("reps"))}; };
  table["Reverse"] = [](const Call& c) -> Tensors {
    return {at::flip(c.input(0), axes_of(c, "dims", c.input(0).dim()))};
  };
  table["PadV2"] = [](const Call& c) -> Tensors { return {padded(c)}; };
  table["MirrorPad"] = [](const Call& c) -> Tensors { return {mirrored(c)}; };
  table["BroadcastTo"] = [](const Call& c) -> Tensors {
    return {c.input(0).expand(c.attributes.integers("shape")).contiguous()};
  };
  table["BatchToSpaceND"] = [](const Call& c) -> Tensors { return {batch_to_space(c)}; };
  table["SpaceToBatchND"] = [](const Call& c) -> Tensors { return {space_to_batch(c)}; };
  table["DepthToSpace"] = [](const Call& c) -> Tensors { return {depth_to_space(c)}; };
  table["FlipLeftRight"] = [](const Call& c) -> Tensors { return {at::flip(c.input(0), 2)}; };
}

}  // namespace sslmem::torch
