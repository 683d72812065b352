#pragma once
// Views of a batch on a GPU: which of them its kernels make, with all that they need in one run of bytes, and
// which are left to the CPU.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "chain.h"
#include "view_batch.h"
#include "view_plan.h"

namespace sslmem {

/// A view whose operations the kernels do not cover.
struct HostView {
  size_t place;  ///< in the range that was planned
  size_t image;  ///< in the request
  std::vector<Op> ops;
};

/// Some consecutive views of a request, drawn.
struct PlannedBatch {
  ViewPlan plan;
  std::vector<int64_t> places;  ///< of the plan's views, in the range that was planned
  std::vector<HostView> host;
};

/// Draws views [first, first + count) of a request, counted image by image. `images` are the request's, as
/// many as it has slots: their pixels are in device memory and never read here. Throws as augment_views.
PlannedBatch plan_batch(const Chain& chain, const std::vector<ImageView>& images, const ViewRequest& request,
                        size_t first, size_t count);

/// Where the parts of a plan lie when it is written one after the other, so that a single copy brings it to
/// the device.
class PlanBytes {
  size_t size_ = 0;  // before the offsets, which add to it

 public:
  explicit PlanBytes(const ViewPlan& plan);

  size_t size() const { return size_; }
  /// Writes size() bytes to memory that is aligned to 16.
  void write(const ViewPlan& plan, uint8_t* to) const;

  /// Offsets.
  const size_t crops, before_ops, before_begin, after_ops, after_begin, weights, taps;
};

}  // namespace sslmem
