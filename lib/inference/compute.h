#pragma once
// Where and in which arithmetic the network runs.
#include "config/config.h"

#include <torch/torch.h>

namespace seg {

struct Compute {
  torch::Device device = torch::kCPU;
  bool bfloat16 = false;       // forward pass under autocast
  bool channels_last = false;  // activations and convolution weights in channels_last_3d
  bool tf32 = false;           // float32 convolutions and products of a GPU in TF32
  bool deterministic = false;  // the same numbers in every run
  std::string text() const;    // "cpu, 2 threads, bfloat16, channels_last"
};

// Resolves device, training.precision and training.memory_format. Sets for the whole process the
// number of CPU threads and that they do not spin long, what training.tf32, training.deterministic
// and training.convolution say, and, where the CPU trains without model.checkpointing, that freed
// memory is kept. Call it before anything uses a GPU. Warns where `auto` leaves a GPU idle, and
// where a CPU takes float32 although bfloat16 is asked for, because Torch is worse at that there
// (cpu_convolves_bfloat16). Throws Error(config) for a malformed device and Error(failure) where a
// GPU is asked for and there is none.
Compute compute_of(const Config& config);

// The device's memory in bytes; of the CPU, what this process may use.
double memory_of(const torch::Device& device);

// Moves parameters and buffers to the device and memory format.
void to_device(torch::nn::Module& network, const Compute& compute);
// Likewise a batch [B, C, D, H, W]; from pinned memory the copy does not block.
torch::Tensor to_device(const torch::Tensor& image, const Compute& compute);

// Autocast to bfloat16 while it lives, where compute.bfloat16.
class AutocastScope {
 public:
  explicit AutocastScope(const Compute& compute);
  ~AutocastScope();
  AutocastScope(const AutocastScope&) = delete;
  AutocastScope& operator=(const AutocastScope&) = delete;

 private:
  at::DeviceType device_;
  bool before_;
  at::ScalarType type_before_;
};

}  // namespace seg
