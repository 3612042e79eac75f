#include "inference/compute.h"

#include "core/log.h"
#include "core/parallel.h"
#include "inference/device.h"
#include "inference/spinning.h"
#include "models/convolution.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <ATen/cpu/Utils.h>
#include <malloc.h>

#include <cstdlib>
#include <limits>
#include <string_view>

#ifdef SEG_HAS_CUDA
#include <ATen/cuda/CUDAContext.h>
#endif

namespace seg {
namespace {

bool has_bfloat16([[maybe_unused]] torch::Device device) {
#ifdef SEG_HAS_CUDA
  if (device.is_cuda()) return at::cuda::getDeviceProperties(device.index())->major >= 8;
#endif
  if (at::cpu::init_amx()) return true;
  const auto capabilities = at::cpu::get_cpu_capabilities();
  const auto found = capabilities.find("avx512_bf16");
  return found != capabilities.end() &&
         found->second.toBool();  // a CPU without either is no faster in bfloat16
}

bool fit_for_bfloat16(torch::Device device) { return !device.is_cpu() || cpu_convolves_bfloat16(); }

// What training.precision asks for, as far as the device is fit for it.
bool wants_bfloat16(Precision precision, torch::Device device) {
  if (precision == Precision::automatic) return has_bfloat16(device) && fit_for_bfloat16(device);
  if (precision != Precision::bfloat16) return false;
  if (fit_for_bfloat16(device)) return true;
  log::warn(
      "training.precision: bfloat16 is slower and less exact than float32 on this processor, which "
      "has no AVX-512: computing in float32");
  return false;
}

// Activations that are freed stay with the process: given back, the next step would have to get
// every page anew from the system. A step takes two thirds of the time and half as much memory
// again, so not where checkpointing is to save memory.
void keep_freed_memory() {
#ifdef __GLIBC__
  ::mallopt(M_MMAP_THRESHOLD, 1 << 30);
  ::mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
#endif
}

// cuBLAS reads it when it starts; with these values alone it gives the same result in every run.
void fix_cublas_workspace() {
  constexpr const char* name = "CUBLAS_WORKSPACE_CONFIG";
  const char* value = std::getenv(name);
  const std::string_view set = value ? value : "";
  if (set != ":4096:8" && set != ":16:8") ::setenv(name, ":4096:8", 1);
}

// Everything that Torch may choose by itself about the arithmetic of a GPU, before its first use.
void set_arithmetic(const TrainingConfig& config) {
  if (config.deterministic) fix_cublas_workspace();
  at::Context& context = at::globalContext();
  context.setAllowTF32CuDNN(config.tf32);
  context.setAllowTF32CuBLAS(config.tf32);
  context.setBenchmarkCuDNN(!config.deterministic);
  context.setDeterministicCuDNN(config.deterministic);
  context.setDeterministicAlgorithms(config.deterministic, /*warn_only=*/false);
  context.setDeterministicFillUninitializedMemory(false);  // costs time; nothing of ours reads it
}

}  // namespace

std::string Compute::text() const {
  const std::string where =
      device.is_cuda() ? device.str() : fmt::format("cpu, {} threads", at::get_num_threads());
  return fmt::format("{}, {}, {}{}{}", where, bfloat16 ? "bfloat16" : "float32",
                     channels_last ? "channels_last" : "contiguous", tf32 ? ", tf32" : "",
                     deterministic ? ", deterministic" : "");
}

Compute compute_of(const Config& config) {
  const int threads = config.threads > 0 ? static_cast<int>(config.threads) : available_cores();
  if (at::get_num_threads() != threads) at::set_num_threads(threads);
  keep_threads_from_spinning();
  set_arithmetic(config.training);
  Compute compute;
  compute.device = device_of(config.device);
  compute.tf32 = config.training.tf32 && compute.device.is_cuda();
  compute.deterministic = config.training.deterministic;
  const std::string idle = config.device == "auto" ? idle_gpu_warning() : "";
  if (!idle.empty()) log::warn("{}", idle);
  if (compute.device.is_cpu() && !config.model.checkpointing) keep_freed_memory();
  set_exact_convolutions(config.training.convolution == ConvolutionChoice::exact);
  compute.bfloat16 = wants_bfloat16(config.training.precision, compute.device);
  compute.channels_last = config.training.memory_format != MemoryFormat::contiguous;
  return compute;
}

double memory_of([[maybe_unused]] const torch::Device& device) {
#ifdef SEG_HAS_CUDA
  if (device.is_cuda())
    return static_cast<double>(at::cuda::getDeviceProperties(device.index())->totalGlobalMem);
#endif
  return available_memory();
}

void to_device(torch::nn::Module& network, const Compute& compute) {
  network.to(compute.device);
  if (!compute.channels_last) return;
  torch::NoGradGuard no_grad;
  for (torch::Tensor& parameter : network.parameters())
    if (parameter.dim() == 5)
      parameter.set_data(parameter.contiguous(torch::MemoryFormat::ChannelsLast3d));
}

torch::Tensor to_device(const torch::Tensor& image, const Compute& compute) {
  const torch::Tensor moved = image.to(compute.device, image.scalar_type(), /*non_blocking=*/true);
  if (!compute.channels_last) return moved.contiguous();
  const torch::Tensor last = moved.contiguous(torch::MemoryFormat::ChannelsLast3d);
  if (last.size(1) != 1) return last;
  const auto s = last.sizes();  // with one channel every format is the same memory: only the
                                // strides tell an operation which to go on in
  return last.as_strided(s, {s[2] * s[3] * s[4], 1, s[3] * s[4], s[4], 1});
}

AutocastScope::AutocastScope(const Compute& compute)
    : device_(compute.device.type()),
      before_(at::autocast::is_autocast_enabled(device_)),
      type_before_(at::autocast::get_autocast_dtype(device_)) {
  at::autocast::set_autocast_enabled(device_, compute.bfloat16);
  if (compute.bfloat16) at::autocast::set_autocast_dtype(device_, at::kBFloat16);
  at::autocast::increment_nesting();
}

AutocastScope::~AutocastScope() {
  if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
  at::autocast::set_autocast_dtype(device_, type_before_);
  at::autocast::set_autocast_enabled(device_, before_);
}

}  // namespace seg
