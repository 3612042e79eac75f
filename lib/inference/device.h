#pragma once
// Which device the network runs on.
#include <torch/types.h>

#include <filesystem>
#include <string>

namespace seg {

// What the choice depends on besides the key `device`; a test may say otherwise.
struct Machine {
#ifdef SEG_HAS_CUDA
  bool built_with_cuda = true;
#else
  bool built_with_cuda = false;
#endif
  std::filesystem::path gpu_file = "/dev/nvidia0";  // there where the driver has a GPU
};

// `text`: auto, cpu, cuda or cuda:INDEX. Throws Error(config) for anything else and Error(failure)
// where a GPU is asked for that is not there or that this build cannot use.
torch::Device device_of(const std::string& text, const Machine& machine = {});

// A warning for a machine with a GPU that this build leaves idle; "" where there is nothing to say.
std::string idle_gpu_warning(const Machine& machine = {});

}  // namespace seg
