// The kernels of a plan, one after the other; host code, compiled where the kernels are.

#include "core/cuda/planned_views.h"

namespace sslmem::cuda {

namespace {

template <class T>
const T* at(const uint8_t* bytes, size_t offset) {
  return reinterpret_cast<const T*>(bytes + offset);
}

void make_planes(const ViewPlan& plan, const PlanBytes& where, const uint8_t* bytes, OutputSize size,
                 float* planes, float* spare, Stream stream) {
  const size_t count = plan.count();
  resized_crop(at<CropView>(bytes, where.crops), count, size.height, size.width, planes, stream);
  point_ops(planes, count, size.height, size.width, at<PointOp>(bytes, where.before_ops),
            at<int32_t>(bytes, where.before_begin), plan.before_blur.most, stream);
  if (plan.blur_stride() > 0) {
    blur(planes, spare, count, size.height, size.width, at<float>(bytes, where.weights),
         at<int32_t>(bytes, where.taps), plan.blur_stride(), stream);
  }
  point_ops(planes, count, size.height, size.width, at<PointOp>(bytes, where.after_ops),
            at<int32_t>(bytes, where.after_begin), plan.after_blur.most, stream);
}

}  // namespace

void planned_views(const ViewPlan& plan, const PlanBytes& where, const uint8_t* bytes, OutputSize size,
                   float* planes, float* spare, float* out, Stream stream) {
  make_planes(plan, where, bytes, size, planes, spare, stream);
  pack_views(planes, plan.count(), size.height, size.width, plan.normalization, out, stream);
}

void planned_views_bf16(const ViewPlan& plan, const PlanBytes& where, const uint8_t* bytes, OutputSize size,
                        float* planes, float* spare, uint16_t* out, Stream stream) {
  make_planes(plan, where, bytes, size, planes, spare, stream);
  pack_views_bf16(planes, plan.count(), size.height, size.width, plan.normalization, out, stream);
}

}  // namespace sslmem::cuda
