#pragma once
// From the operations of many views to what the CUDA kernels take (cuda/views.h): the plan is made on the
// host, a few hundred bytes a view; pixels stay on the device.

#include <cstdint>
#include <vector>

#include "augment.h"
#include "core/cuda/views.h"

namespace sslmem {

/// Operations of a kernel for each view: view i has ops[begin[i] … begin[i + 1]).
struct PointOpLists {
  std::vector<PointOp> ops;
  std::vector<int32_t> begin{0};
  int most = 0;

  void close_view();
};

/// The arguments of the kernels, in the order in which they run: resized_crop, point_ops, blur, point_ops,
/// pack_views.
class ViewPlan {
 public:
  explicit ViewPlan(OutputSize size) : size_(size) {}

  /// Adds a view of an image whose pixels are (or will be) in device memory. False, with nothing added, if
  /// the kernels do not cover its operations, which are: crops and black paddings, at most one resize
  /// (antialiased), flips, pointwise ones, at most one blur, pointwise ones, and the same normalize for all
  /// views or none. Throws as augment_image does.
  bool add(const ImageView& image, const std::vector<Op>& ops);

  size_t count() const { return crops.size(); }

  std::vector<cuda::CropView> crops;
  PointOpLists before_blur, after_blur;
  /// Of the blur, as cuda::blur takes them: weights [count, 2, stride], stride being the longest kernel's (0:
  /// no view is blurred).
  std::vector<float> blur_weights() const;
  std::vector<int32_t> blur_taps;
  int blur_stride() const { return blur_stride_; }
  cuda::Normalization normalization;

 private:
  OutputSize size_;
  std::vector<std::vector<float>> kernels_;  // two a view
  int blur_stride_ = 0;
  bool has_normalization_ = false;
};

}  // namespace sslmem
