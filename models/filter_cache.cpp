#include "models/filter_cache.h"

#include "core/hash.h"

namespace seg {
namespace {

// Of dense weights, in whatever order they lie; "" of others.
std::string hash_of(const torch::Tensor& weight) {
  if (!weight.is_non_overlapping_and_dense()) return "";
  return hash_text({static_cast<const char*>(weight.const_data_ptr()), weight.nbytes()});
}

}  // namespace

bool FilterCache::knows(const torch::Tensor& weight) const {
  if (data_ != weight.const_data_ptr() ||
      storage_.unsafeGetStorageImpl() != weight.storage().unsafeGetStorageImpl() ||
      version_ != static_cast<std::int64_t>(weight._version()))
    return false;
  return !doubted_ || (!contents_.empty() && contents_ == hash_of(weight));
}

void FilterCache::remember(const torch::Tensor& weight) {
  prepared_.clear();
  storage_ = weight.storage();
  data_ = weight.const_data_ptr();
  version_ = static_cast<std::int64_t>(weight._version());
  contents_ = hash_of(weight);
}

torch::Tensor FilterCache::get(int kind, const torch::Tensor& weight,
                               const std::function<torch::Tensor()>& prepare) {
  if (weight.is_inference()) return prepare();
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!knows(weight)) remember(weight);
  doubted_ = false;
  torch::Tensor& prepared = prepared_[kind];
  if (!prepared.defined()) prepared = prepare();
  return prepared;
}

void FilterCache::clear() {
  const std::lock_guard<std::mutex> lock(mutex_);
  prepared_.clear();
  storage_ = {};
  data_ = nullptr;
  version_ = -1;
}

void FilterCache::doubt() {
  const std::lock_guard<std::mutex> lock(mutex_);
  doubted_ = true;
}

}  // namespace seg
