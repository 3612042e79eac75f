#include "inference/blend.h"

#include "core/error.h"
#include "inference/blend_kernel.h"

#include <ATen/Parallel.h>
#include <fmt/ranges.h>
#include <torch/types.h>

#include <algorithm>

namespace seg {
namespace {

constexpr std::int64_t scores_at_once = 1 << 15;  // of a thread's least share

FloatType blended_type(const torch::Tensor& scores) {
  switch (scores.scalar_type()) {
    case torch::kFloat32: return FloatType::float32;
    case torch::kFloat16: return FloatType::float16;
    case torch::kBFloat16: return FloatType::bfloat16;
    default: fail("scores of type {} cannot be blended", toString(scores.scalar_type()));
  }
}

void check_blended(const torch::Tensor& state, const torch::Tensor& weight) {
  const FloatType type = blended_type(state);
  if (state.dim() != 4 || weight.sizes() != state.sizes().slice(0, 3) ||
      (state.stride(3) != 1 && state.size(3) != 1) || type == FloatType::bfloat16 ||
      weight.scalar_type() != torch::kFloat32)
    fail("scores {} and weights {} cannot be blended: they do not fit each other",
         fmt::join(state.sizes(), " x "), fmt::join(weight.sizes(), " x "));
}

// Of slice and row i / rows, i % rows.
template <class T>
T* row_of(const torch::Tensor& t, T* data, std::int64_t i) {
  const std::int64_t at = i / t.size(1) * t.stride(0) + i % t.size(1) * t.stride(1);
  return data + at * static_cast<std::int64_t>(t.element_size());
}

// work(row) for each row, with where in the block it stands.
template <class Work>
void over_rows(const torch::Tensor& state, const torch::Tensor& weight, const Work& work) {
  auto* scores = static_cast<char*>(state.data_ptr());
  const auto* weights = static_cast<const char*>(weight.const_data_ptr());
  const std::int64_t grain =
      std::max<std::int64_t>(1, scores_at_once / (state.size(2) * state.size(3) + 1));
  at::parallel_for(0, state.size(0) * state.size(1), grain, [&](std::int64_t i, std::int64_t end) {
    for (; i < end; ++i)
      work(BlendRow{state.size(2), state.size(3), blended_type(state), row_of(state, scores, i),
                    state.stride(2), reinterpret_cast<const float*>(row_of(weight, weights, i)),
                    weight.stride(2)},
           i);
  });
}

}  // namespace

void add_weighted(const torch::Tensor& state, const torch::Tensor& logits,
                  const torch::Tensor& weight) {
  check_blended(state, weight);
  if (logits.sizes() != state.sizes() || blended_type(logits) == FloatType::float16)
    fail("logits {} cannot be added to scores {}", fmt::join(logits.sizes(), " x "),
         fmt::join(state.sizes(), " x "));
  if (!state.is_cpu()) {
    const auto factor = weight.unsqueeze(-1);
    if (state.scalar_type() == torch::kFloat32)
      state.addcmul_(logits.to(torch::kFloat32), factor);
    else
      state.copy_(torch::addcmul(state.to(torch::kFloat32), logits.to(torch::kFloat32), factor));
    return;
  }
  const FloatType type = blended_type(logits);
  const auto* values = static_cast<const char*>(logits.const_data_ptr());
  over_rows(state, weight, [&](const BlendRow& row, std::int64_t i) {
    best_blend_kernels().add_weighted(
        row, {type, row_of(logits, values, i), logits.stride(2), logits.stride(3)});
  });
}

void divide_by(const torch::Tensor& state, const torch::Tensor& weight) {
  check_blended(state, weight);
  if (!state.is_cpu()) {
    state.div_(weight.unsqueeze(-1));
    return;
  }
  over_rows(state, weight,
            [&](const BlendRow& row, std::int64_t) { best_blend_kernels().divide_by(row); });
}

}  // namespace seg
