#include "loss/gradient_memory.h"

#include <ATen/ATen.h>

#include <mutex>
#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace seg {
namespace {

// Fresh memory is touched for the first time by the kernel: with huge pages that costs a fraction.
void use_huge_pages([[maybe_unused]] void* data, [[maybe_unused]] std::size_t bytes) {
#if defined(__linux__)
  constexpr std::uintptr_t kPage = std::uintptr_t{1} << 21;
  const auto begin = (reinterpret_cast<std::uintptr_t>(data) + kPage - 1) / kPage * kPage;
  const auto end = (reinterpret_cast<std::uintptr_t>(data) + bytes) / kPage * kPage;
  if (begin < end)
    madvise(reinterpret_cast<void*>(begin), end - begin,
            MADV_HUGEPAGE);  // advice only: a refusal changes nothing
#endif
}

}  // namespace

torch::Tensor gradient_like(const torch::Tensor& x) {
  static std::mutex mutex;
  static torch::Tensor last;  // its storage is shared with the gradient handed out
  const std::lock_guard lock(mutex);
  const bool free = last.defined() && last.storage().use_count() == 1;
  if (!free || last.nbytes() != x.nbytes()) {
    last = torch::Tensor();
    last = at::empty({static_cast<std::int64_t>(x.nbytes())}, at::kByte);
    use_huge_pages(last.data_ptr(), last.nbytes());
  }
  return at::empty({0}, x.options()).set_(last.storage(), 0, x.sizes(), x.strides());
}

}  // namespace seg
