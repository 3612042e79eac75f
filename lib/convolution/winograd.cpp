#include "convolution/winograd.h"

#include "convolution/winograd_steps.h"
#include "core/processor.h"

#include <ATen/cpu/Utils.h>

namespace seg {
namespace {

WinogradSize size_for(torch::ScalarType type, std::int64_t r) {
  return {type == torch::kBFloat16 ? 8 : 6, static_cast<int>(r)};
}

WinogradKernels fastest(WinogradSize size) { return all_winograd_kernels(size).back().kernels; }

}  // namespace

std::vector<NamedKernels<WinogradKernels>> all_winograd_kernels(WinogradSize size) {
  return runnable(portable::winograd_kernels(size), avx2::winograd_kernels(size),
                  avx512::winograd_kernels(size));
}

WinogradKernels winograd_kernels_for(torch::ScalarType type, std::int64_t r) {
  return fastest(size_for(type, r));
}

bool winograd_available() { return instruction_set() >= InstructionSet::avx2; }

bool winograd_saves(const torch::Tensor& x, const torch::Tensor& weight, torch::ScalarType type) {
  constexpr std::int64_t fewest_channels = 16;
  const std::int64_t r = weight.size(2);
  // Below them the filters' transform costs more than is saved.
  const std::int64_t fewest_tiles = r == 3 || type == torch::kBFloat16 ? 16 : 32;
  return weight.size(1) >= fewest_channels &&
         winograd_tiles(winograd_volume(x), size_for(type, r)) >= fewest_tiles;
}

bool winograd_pays(const torch::Tensor& x, const torch::Tensor& weight, torch::ScalarType type) {
  static const bool amx = at::cpu::init_amx();
  if (type == torch::kBFloat16 && amx && instruction_set() >= InstructionSet::amx) return false;
  return winograd_available() && winograd_saves(x, weight, type);
}

torch::Tensor winograd_filters(const torch::Tensor& weight, torch::ScalarType type) {
  return winograd_filters_of(fastest(size_for(type, weight.size(2))),
                             weight.detach().permute({2, 3, 4, 1, 0}));
}

void winograd_evaluate(at::TensorList parts, const torch::Tensor& filters, std::int64_t r,
                       const Finish& finish, const torch::Tensor& y) {
  const int points = filters.size(0) == WinogradSize{6}.all_points() ? 6 : 8;
  winograd_convolve(fastest({points, static_cast<int>(r)}), parts, filters, {&finish, nullptr}, y);
}

}  // namespace seg
