#include "alignment.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <stdexcept>

namespace sslmem::torch {

namespace {

template <class Kind>
Kind named(const Call& call, const char* attribute, std::initializer_list<const char*> names) {
  const std::string name = call.attributes.text(attribute);
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end())
    throw std::invalid_argument("Expected another " + std::string(attribute) + " than " + name);
  return static_cast<Kind>(found - names.begin());
}

/// Inputs and result as AlignmentCall says. Throws NotFinite as sslmem::alignment does.
std::vector<at::Tensor> alignment_on_cpu(const Call& c) {
  const AlignmentCall call(c);
  const auto size = [](int64_t n) { return static_cast<size_t>(n); };
  const auto results = sslmem::alignment(call.representations.const_data_ptr<float>(), size(call.samples),
                                         size(call.views), size(call.dim), call.options);
  const AlignmentResult& result = results.at(0);
  const at::Tensor numbers = at::empty({call.count()}, at::kDouble);
  double* to = numbers.data_ptr<double>();
  for (const auto* list : {&result.loss, &result.standard_error, &result.leave_one_out, &result.pairs})
    to = std::copy(list->begin(), list->end(), to);
  return {bits_of(numbers)};
}

}  // namespace

AlignmentCall::AlignmentCall(const Call& call)
    : representations(wide(call.inputs.at(0)).contiguous()),
      samples(call.attributes.integer("samples")),
      views(call.attributes.integer("views")),
      dim(representations.dim() == 2 ? representations.size(1) : 0) {
  if (samples < 0 || views < 0 || representations.dim() != 2 || representations.size(0) != samples * views)
    throw std::invalid_argument("Expected representations of [samples * views, dim] for an alignment");
  options.distances = {named<Distance>(call, "distance", {"l2", "cosine", "angular", "l1"})};
  options.scheme = named<ViewScheme>(call, "scheme", {"pairs", "original", "disjoint"});
  options.normalize = call.attributes.flag("normalize");
  options.keep_pairs = call.attributes.flag("keepPairs");
  options.threads = static_cast<size_t>(at::get_num_threads());
  pairs = static_cast<int64_t>(view_pairs(options.scheme, static_cast<size_t>(views)).size());
  left_out = static_cast<int64_t>(left_out_count(options.scheme, static_cast<size_t>(views)));
}

void add_alignment_kernels(KernelTable& table) { table["SslMemAlignment"] = alignment_on_cpu; }

}  // namespace sslmem::torch
