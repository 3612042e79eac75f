#pragma once
// The device of the tests tagged [cuda]. SEG_TEST_DEVICE=cpu rehearses them where there is no GPU:
// the same bodies compare the processor with itself, and the test says so.
#include "support/catch.h"

#include <ATen/Context.h>
#include <torch/cuda.h>
#include <torch/types.h>

#include <iostream>

namespace seg::test {

inline bool environment_says(const char* variable, const std::string& value) {
  const char* found = std::getenv(variable);
  return found != nullptr && found == value;
}

// Where a GPU is required, nothing is rehearsed.
inline bool rehearsing() {
  return environment_says("SEG_TEST_DEVICE", "cpu") && !environment_says("SEG_REQUIRE_GPU", "1");
}

inline torch::Device test_device() {
  if (!rehearsing()) return {torch::kCUDA, 0};
  std::cout << "REHEARSED on the CPU  " << Catch::getResultCapture().getCurrentTestName()
            << std::endl;
  return torch::kCPU;
}

// The tensor on the device, its strides kept; undefined stays undefined.
inline torch::Tensor placed(const torch::Tensor& t, const torch::Device& device) {
  if (!t.defined()) return t;
  return t.to(device, t.scalar_type(), false, false, at::MemoryFormat::Preserve);
}

// Float32 in float32, not in TF32, and the same algorithms in every run, while it lives.
class ExactArithmetic {
 public:
  ExactArithmetic() {
    at::Context& context = at::globalContext();
    context.setAllowTF32CuDNN(false);
    context.setAllowTF32CuBLAS(false);
    context.setDeterministicCuDNN(true);
    context.setBenchmarkCuDNN(false);
  }
  ~ExactArithmetic() {
    at::Context& context = at::globalContext();
    context.setAllowTF32CuDNN(convolutions_);
    context.setAllowTF32CuBLAS(products_);
    context.setDeterministicCuDNN(deterministic_);
    context.setBenchmarkCuDNN(benchmark_);
  }
  ExactArithmetic(const ExactArithmetic&) = delete;
  ExactArithmetic& operator=(const ExactArithmetic&) = delete;

 private:
  const bool convolutions_ = at::globalContext().allowTF32CuDNN();
  const bool products_ = at::globalContext().allowTF32CuBLAS();
  const bool deterministic_ = at::globalContext().deterministicCuDNN();
  const bool benchmark_ = at::globalContext().benchmarkCuDNN();
};

// Fresh tensors are full of NaN (of 255 where they hold bytes) while it lives, so what a kernel
// leaves unwritten shows.
class PoisonedMemory {
 public:
  PoisonedMemory() {
    at::globalContext().setDeterministicFillUninitializedMemory(true);
    at::globalContext().setDeterministicAlgorithms(true, /*warn_only=*/true);
  }
  ~PoisonedMemory() {
    at::globalContext().setDeterministicAlgorithms(deterministic_, warn_only_);
    at::globalContext().setDeterministicFillUninitializedMemory(fill_);
  }
  PoisonedMemory(const PoisonedMemory&) = delete;
  PoisonedMemory& operator=(const PoisonedMemory&) = delete;

 private:
  const bool deterministic_ = at::globalContext().deterministicAlgorithms();
  const bool warn_only_ = at::globalContext().deterministicAlgorithmsWarnOnly();
  const bool fill_ = at::globalContext().deterministicFillUninitializedMemory();
};

// A contiguous copy that begins `offset` elements into its memory.
inline torch::Tensor shifted(const torch::Tensor& t, std::int64_t offset) {
  torch::Tensor memory = torch::empty({t.numel() + offset}, t.options());
  return memory.narrow(0, offset, t.numel()).view(t.sizes()).copy_(t);
}

// The same of logits [B, M, D, H, W], in channels_last_3d.
inline torch::Tensor shifted_channels_last(const torch::Tensor& t, std::int64_t offset) {
  return shifted(t.permute({0, 2, 3, 4, 1}), offset).permute({0, 4, 1, 2, 3});
}

}  // namespace seg::test

// In a TEST_CASE tagged [cuda]: `device` is where its body runs, or the test is skipped.
#define SEG_DEVICE(device)          \
  if (!::seg::test::rehearsing()) { \
    SEG_GPU();                      \
  }                                 \
  const torch::Device device = ::seg::test::test_device()
