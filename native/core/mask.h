#pragma once

#include <cstddef>
#include <cstdint>

#include "philox.h"

namespace sslmem {

/// The patches that a masked autoencoder keeps (He et al. 2022, "Masked autoencoders are scalable vision
/// learners", section 3): one uniform number per patch, the `keep` patches with the smallest, in the
/// ascending order of their numbers (as ids_shuffle[:keep] of the authors' random_masking; equal numbers keep
/// the order of the patches). Writes `keep` indices in [0, patches). Throws std::invalid_argument if keep >
/// patches or patches is 0.
void patch_mask(const ViewKey& key, size_t patches, size_t keep, uint32_t* out);

}  // namespace sslmem
