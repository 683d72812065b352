// Gathering, scattering, sorting and counting.
#include "kernels.h"

namespace sslmem::torch {

using Tensors = std::vector<at::Tensor>;

namespace {

at::Tensor gather(const Call& c) {
  const at::Tensor x = c.input(0), indices = c.input(1).to(at::kLong);
  const int64_t axis = axes_of(c, "axis", x.dim()).at(0), batch = c.attributes.integer("batchDims");
  // Batches side by side in one gathered axis: [b, outer, n, inner] at [b, i] → [b, outer, i, inner].
  int64_t b = 1, outer = 1, inner = 1, each = 1;
  for (int64_t i = 0; i < x.dim(); ++i)
    (i < batch ? b : i < axis ? outer : i > axis ? inner : each) *= x.size(i);
  const at::Tensor flat = x.reshape({b, outer, each, inner}), at_ = indices.reshape({b, -1});
  const int64_t count = at_.size(1);
  const int64_t low = indices.numel() == 0 ? 0 : indices.min().item<int64_t>();
  const int64_t high = indices.numel() == 0 ? 0 : indices.max().item<int64_t>();
  TORCH_CHECK(indices.numel() == 0 || (low >= 0 && high < each), "GatherV2: the index value ",
              low < 0 ? low : high, " is not in [0, ", each - 1, "]");
  at::Tensor y = b == 1 ? at::index_select(flat, 2, at_.reshape({-1}))
                        : at::gather(flat, 2, at_.view({b, 1, count, 1}).expand({b, outer, count, inner}));
  std::vector<int64_t> shape(x.sizes().begin(), x.sizes().begin() + axis);
  for (int64_t i = batch; i < indices.dim(); ++i) shape.push_back(indices.size(i));
  for (int64_t i = axis + 1; i < x.dim(); ++i) shape.push_back(x.size(i));
  return y.reshape(shape);
}

/// Row of the flattened leading axes for each index tuple (last axis of `indices`).
at::Tensor flat_places(const at::Tensor& indices, at::IntArrayRef shape) {
  const int64_t depth = indices.size(-1);
  at::Tensor place =
      at::zeros({indices.numel() / std::max<int64_t>(depth, 1)}, indices.options().dtype(at::kLong));
  const at::Tensor rows = indices.reshape({-1, depth}).to(at::kLong);
  for (int64_t i = 0; i < depth; ++i) {
    const at::Tensor column = rows.select(1, i);
    TORCH_CHECK(column.numel() == 0 || (column.min().item<int64_t>() >= 0 &&
                                        column.max().item<int64_t>() < shape[static_cast<size_t>(i)]),
                "Expected indices in [0, ", shape[static_cast<size_t>(i)], ")");
    place = place * shape[static_cast<size_t>(i)] + column;
  }
  return place;
}

/// Sizes of the leading (indexed) and of the trailing part of a shape.
std::pair<int64_t, int64_t> parts(at::IntArrayRef shape, int64_t depth) {
  int64_t rows = 1, width = 1;
  for (size_t i = 0; i < shape.size(); ++i) (static_cast<int64_t>(i) < depth ? rows : width) *= shape[i];
  return {rows, width};
}

at::Tensor gather_nd(const Call& c) {
  const at::Tensor x = c.input(0), indices = c.input(1);
  const int64_t depth = indices.size(-1);
  const auto [rows, width] = parts(x.sizes(), depth);
  std::vector<int64_t> shape(indices.sizes().begin(), indices.sizes().end() - 1);
  for (int64_t i = depth; i < x.dim(); ++i) shape.push_back(x.size(i));
  return at::index_select(x.reshape({rows, width}), 0, flat_places(indices, x.sizes())).reshape(shape);
}

/// `into` with the updates added (or put) at the index tuples.
at::Tensor scatter(const at::Tensor& into, const at::Tensor& indices, const at::Tensor& updates, bool add) {
  const int64_t depth = indices.dim() == 0 ? 1 : indices.dim() == 1 && into.dim() >= 1 ? 1 : indices.size(-1);
  const at::Tensor tuples = indices.reshape({-1, depth});
  const auto [rows, width] = parts(into.sizes(), depth);
  at::Tensor flat = into.reshape({rows, width}).clone();
  const at::Tensor values = updates.numel() == 1 ? updates.reshape({1, 1}).expand({tuples.size(0), width})
                                                 : updates.reshape({tuples.size(0), width});
  const at::Tensor places = flat_places(tuples, into.sizes());
  if (add)
    flat.index_add_(0, places, values.to(flat.scalar_type()));
  else
    flat.index_copy_(0, places, values.to(flat.scalar_type()));
  return flat.reshape(into.sizes());
}

at::Tensor one_hot(const Call& c) {
  const at::Tensor indices = c.input(0).to(at::kLong);
  const int64_t depth = c.attributes.integer("depth");
  const auto dtype = dtype_named(c.attributes.text("dtype", "float32"));
  const at::Tensor hit = at::eq(indices.unsqueeze(-1), at::arange(depth, indices.options()));
  return at::where(hit, c.attributes.number("onValue"), c.attributes.number("offValue")).to(dtype);
}

Tensors top_k(const Call& c) {
  // A stable sort: of equal values the first comes first.
  const auto [values, places] = at::sort(wide(c.input(0)), true, -1, true);
  const int64_t k = c.attributes.integer("k");
  return {values.narrow(-1, 0, k), places.narrow(-1, 0, k).to(at::kInt)};
}

/// Values in the order of their first occurrence along an axis, and for each element which of them it is.
Tensors unique(const Call& c) {
  const at::Tensor x = wide(c.input(0));
  const int64_t axis = c.attributes.has("axis") ? axes_of(c, "axis", x.dim()).at(0) : 0;
  const at::Tensor inverse = std::get<1>(at::unique_dim(x, axis, true, true, false));
  const int64_t n = x.size(axis), kinds = n == 0 ? 0 : inverse.max().item<int64_t>() + 1;
  const at::Tensor first = at::full({kinds}, n, inverse.options())
                               .scatter_reduce(0, inverse, at::arange(n, inverse.options()), "amin");
  const at::Tensor order = at::argsort(first);
  return {at::index_select(x, axis, first.index_select(0, order)),
          at::index_select(at::argsort(order), 0, inverse).to(at::kInt)};
}

/// Counts (or sums of weights) of the values in [0, size) along the last axis; others are left out.
at::Tensor count_values(const Call& c, bool flat) {
  const int64_t size = c.attributes.integer("size");
  const at::Tensor x = flat ? c.input(0).reshape({-1}).to(at::kLong) : c.input(0).to(at::kLong);
  const at::Tensor weights =
      c.input(1).defined() && c.input(1).numel() > 0 ? c.input(1).reshape(x.sizes()) : at::Tensor();
  at::Tensor hit = at::eq(x.unsqueeze(-1), at::arange(size, x.options()));  // [..., n, size]
  if (c.attributes.flag("binaryOutput")) return at::any(hit, -2).to(at::kFloat);
  const at::Tensor worth =
      weights.defined() ? hit.to(weights.scalar_type()) * weights.unsqueeze(-1) : hit.to(at::kFloat);
  return at::sum(worth, {-2}, false, worth.scalar_type());
}

at::Tensor segment_sum(const Call& c) {
  const at::Tensor x = wide(c.input(0)), ids = c.input(1).to(at::kLong);
  const int64_t n = c.attributes.integer("numSegments");
  const int64_t width = x.numel() / std::max<int64_t>(1, ids.numel());
  const at::Tensor rows = x.reshape({ids.numel(), width}), flat = ids.reshape({-1});
  const at::Tensor there = at::logical_and(at::ge(flat, 0), at::lt(flat, n)).nonzero().squeeze(1);
  std::vector<int64_t> shape = {n};
  for (int64_t i = ids.dim(); i < x.dim(); ++i) shape.push_back(x.size(i));
  return at::zeros({n, width}, x.options())
      .index_add(0, flat.index_select(0, there), rows.index_select(0, there))
      .reshape(shape);
}

at::Tensor places_in(const Call& c, bool right) {
  return at::searchsorted(c.input(0).contiguous(), c.input(1).contiguous(), true, right);
}

/// A tensor's values on the diagonal of one of twice the rank.
at::Tensor on_diagonal(const at::Tensor& x) {
  std::vector<int64_t> shape = x.sizes().vec();
  shape.insert(shape.end(), x.sizes().begin(), x.sizes().end());
  return at::diag_embed(x.reshape({-1}).to(x.scalar_type())).reshape(shape);
}

}  // namespace

void add_indexing_kernels(KernelTable& table) {
  table["GatherV2"] = [](const Call& c) -> Tensors { return {gather(c)}; };
  table["GatherNd"] = [](const Call& c) -> Tensors { return {gather_nd(c)}; };
  table["ScatterNd"] = [](const Call& c) -> Tensors {
    const at::Tensor empty = at::zeros(c.attributes.integers("shape"), c.input(1).options());
    return {scatter(empty, c.input(0), c.input(1), true)};
  };
  table["TensorScatterUpdate"] = [](const Call& c) -> Tensors {
    return {scatter(c.input(0), c.input(1), c.input(2), false)};
  };
  table["SparseToDense"] = [](const Call& c) -> Tensors {
    const at::Tensor base = at::empty(c.attributes.integers("outputShape"), c.input(1).options());
    return {scatter(base.copy_(c.input(2).expand_as(base)), c.input(0), c.input(1), false)};
  };
  table["OneHot"] = [](const Call& c) -> Tensors { return {one_hot(c)}; };
  table["TopK"] = top_k;
  table["Unique"] = unique;
  table["Where"] = [](const Call& c) -> Tensors { return {at::nonzero(c.input(0)).to(at::kInt)}; };
  table["Bincount"] = [](const Call& c) -> Tensors { return {count_values(c, true)}; };
  table["DenseBincount"] = [](const Call& c) -> Tensors { return {count_values(c, false)}; };
  table["UnsortedSegmentSum"] = [](const Call& c) -> Tensors { return {segment_sum(c)}; };
  table["LowerBound"] = [](const Call& c) -> Tensors { return {places_in(c, false)}; };
  table["UpperBound"] = [](const Call& c) -> Tensors { return {places_in(c, true)}; };
  table["SearchSorted"] = [](const Call& c) -> Tensors {
    return {places_in(c, c.attributes.text("side") == "right")};
  };
  table["Diag"] = [](const Call& c) -> Tensors { return {on_diagonal(c.input(0))}; };
}

}  // namespace sslmem::torch
