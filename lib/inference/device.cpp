#include "inference/device.h"

#include "core/error.h"

#include <torch/cuda.h>

namespace seg {
namespace {

bool is_indexed(const std::string& text) {
  return text.starts_with("cuda:") && text.size() > 5 && text.size() < 9 &&
         text.find_first_not_of("0123456789", 5) == std::string::npos;
}

[[noreturn]] void fail_unbuilt(const std::string& text) {
  fail(
      "device is '{}', but this segtrain was built without CUDA (make build CUDA=1); build it with "
      "CUDA, or use --set device=cpu",
      text);
}

}  // namespace

torch::Device device_of(const std::string& text, const Machine& machine) {
  if (text == "cpu") return torch::kCPU;
  const bool available = machine.built_with_cuda && torch::cuda::is_available();
  if (text == "auto") return available ? torch::Device(torch::kCUDA, 0) : torch::kCPU;
  const bool indexed = is_indexed(text);
  if (text != "cuda" && !indexed)
    fail_config("device must be auto, cpu, cuda or cuda:INDEX, not '{}'", text);
  if (!machine.built_with_cuda) fail_unbuilt(text);
  if (!available)
    fail(
        "device is '{}', but there is no usable GPU here; check nvidia-smi, or use --set "
        "device=cpu",
        text);
  const int index = indexed ? std::stoi(text.substr(5)) : 0;
  const int count = static_cast<int>(torch::cuda::device_count());
  if (index >= count)
    fail("device is '{}', but there are {} GPUs here, counted from 0", text, count);
  return {torch::kCUDA, static_cast<c10::DeviceIndex>(index)};
}

std::string idle_gpu_warning(const Machine& machine) {
  std::error_code ignored;
  if (machine.built_with_cuda || !std::filesystem::exists(machine.gpu_file, ignored)) return "";
  return fmt::format(
      "this machine has a GPU ({}), but this segtrain was built without CUDA and runs on the CPU: "
      "build it with CUDA (make build CUDA=1), or set device: cpu",
      machine.gpu_file.string());
}

}  // namespace seg
