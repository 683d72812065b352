#pragma once
// The kernels of views.h in the order of a plan.

#include "core/planned_batch.h"

namespace sslmem::cuda {

/// Makes the views of a plan whose PlanBytes lie in device memory at `bytes`: out [count, height, width, 3].
/// planes, spare: float32 [count, 3, height, width] of working memory; spare is read only where a view is
/// blurred. Queues work on the stream; throws as the kernels.
void planned_views(const ViewPlan& plan, const PlanBytes& where, const uint8_t* bytes, OutputSize size,
                   float* planes, float* spare, float* out, Stream stream);
/// The same as bfloat16.
void planned_views_bf16(const ViewPlan& plan, const PlanBytes& where, const uint8_t* bytes, OutputSize size,
                        float* planes, float* spare, uint16_t* out, Stream stream);

}  // namespace sslmem::cuda
