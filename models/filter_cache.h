#pragma once
// What an evaluation prepares of a convolution's weights, kept from one forward pass to the next.
#include <torch/types.h>

#include <functional>
#include <map>
#include <mutex>
#include <string>

namespace seg {

// Serves what the weights still are, where eval() was called after a change that does not count: it
// asks for their version counter and their memory, which it holds on to meanwhile, so that no other
// weights can come to lie there. As not everything that changes weights counts (Torch's fused Adam
// does not), it also compares their contents when it has been told to doubt. Weights without a
// counter (made under InferenceMode) are prepared each time.
class FilterCache {
 public:
  // What prepare() made of the weight as it is now. kind: which preparation.
  torch::Tensor get(int kind, const torch::Tensor& weight,
                    const std::function<torch::Tensor()>& prepare);
  // Gives its memory back.
  void clear();
  // The contents are compared at the next get().
  void doubt();

 private:
  bool knows(const torch::Tensor& weight) const;
  void remember(const torch::Tensor& weight);

  std::mutex mutex_;
  std::map<int, torch::Tensor> prepared_;
  c10::Storage storage_;  // of the weight, its place there and its version
  const void* data_ = nullptr;
  std::int64_t version_ = -1;
  std::string contents_;  // their hash
  bool doubted_ = false;
};

}  // namespace seg
