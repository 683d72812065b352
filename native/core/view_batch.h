#pragma once
// Views of many packed images in one call: drawing their parameters, making them, replaying them.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "augment.h"
#include "cancel.h"
#include "chain.h"
#include "packed_images.h"

namespace sslmem {

/// Which views of which images. View v of image i has the key (seed, purpose, epoch, samples[i], first_view +
/// v).
struct ViewRequest {
  uint64_t seed = 0;
  uint32_t purpose = 0, epoch = 0;
  std::vector<uint32_t> slots;    ///< position of each image in the pack
  std::vector<uint32_t> samples;  ///< its index in the manifest; as many as slots
  uint32_t first_view = 0, views = 1;

  ViewKey key(size_t image, uint32_t view) const {
    return {seed, purpose, epoch, samples[image], first_view + view};
  }
};

/// Throws std::invalid_argument if there is no view, samples and slots differ in number, or a key is out of
/// range; std::out_of_range if a slot is not in the pack.
void check_request(const ViewRequest& request, const PackedImages& pack);
/// The same for a list of so many images.
void check_request(const ViewRequest& request, size_t images);

/// The operations of every view: [images][views][operations].
std::vector<std::vector<std::vector<Op>>> draw_views(const Chain& chain, const PackedImages& pack,
                                                     const ViewRequest& request);

/// Makes every view: out is float32 [images, views, height, width, 3] of the chain's output size. Threads
/// (0: one per hardware thread) change nothing in the result. Errors name the image; Cancelled when asked to
/// stop (what was written by then stays).
void augment_views(const Chain& chain, const PackedImages& pack, const ViewRequest& request, float* out,
                   size_t threads, const CancelFlag& cancel);

/// Applies one operation list to each slot: out is float32 [slots, size.height, size.width, 3]. Throws
/// std::invalid_argument naming the list that does not fit or has another output size.
void apply_views(const std::vector<std::vector<Op>>& lists, const PackedImages& pack,
                 const std::vector<uint32_t>& slots, OutputSize size, float* out, size_t threads,
                 const CancelFlag& cancel);

}  // namespace sslmem
