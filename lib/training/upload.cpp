#include "training/upload.h"

#include <torch/types.h>

#ifdef SEG_HAS_CUDA
#include <ATen/cuda/CUDAEvent.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#endif

namespace seg {

#ifdef SEG_HAS_CUDA

// Memory of the training stream that the copying stream writes: events, on the device alone, keep
// the two apart, so the processor waits for neither.
struct Upload::Places {
  struct Place {
    torch::Tensor image, label;
    at::cuda::CUDAEvent free;    // the training stream has read it
    at::cuda::CUDAEvent filled;  // the copying stream has written it
  };

  explicit Places(torch::Device device_)
      : device(device_),
        copying(at::cuda::getStreamFromPool(/*isHighPriority=*/false, device.index())) {}

  torch::Device device;
  at::cuda::CUDAStream copying;
  std::array<Place, 2> places;
  std::size_t turn = 0;

  // What was queued until now is all that reads the batch given last.
  void release() { places[turn].free.record(at::cuda::getCurrentCUDAStream(device.index())); }

  void fit(torch::Tensor& there, const torch::Tensor& here) const {
    if (there.defined() && there.sizes() == here.sizes()) return;
    there = torch::empty(here.sizes(), here.options().device(device).pinned_memory(false));
  }

  void fill(Batch& batch) {
    const at::cuda::CUDAStream training = at::cuda::getCurrentCUDAStream(device.index());
    Place& place = places[turn = 1 - turn];
    const bool fresh = !place.image.defined() || place.image.sizes() != batch.image.sizes();
    fit(place.image, batch.image);
    fit(place.label, batch.label);
    if (fresh) place.free.record(training);  // the allocator's memory may still be in use there
    {
      const at::cuda::CUDAStreamGuard guard(copying);
      place.free.block(copying);
      place.image.copy_(batch.image,
                        /*non_blocking=*/true);  // its allocator keeps pinned memory until then
      place.label.copy_(batch.label, /*non_blocking=*/true);
      place.filled.record(copying);
    }
    place.filled.block(training);
    batch.image = place.image;
    batch.label = place.label;
  }
};

Upload::Upload(Loader& loader, torch::Device device)
    : loader_(loader), places_(device.is_cuda() ? std::make_unique<Places>(device) : nullptr) {}

std::optional<Batch> Upload::next() {
  if (places_) places_->release();
  std::optional<Batch> batch = loader_.next();
  if (places_ && batch) places_->fill(*batch);
  return batch;
}

#else

struct Upload::Places {};

Upload::Upload(Loader& loader, torch::Device) : loader_(loader) {}

std::optional<Batch> Upload::next() { return loader_.next(); }

#endif

Upload::~Upload() = default;

void Upload::start(std::int64_t epoch, std::int64_t first_step) {
  loader_.start(epoch, first_step);
}

}  // namespace seg
