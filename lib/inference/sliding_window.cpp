#include "inference/sliding_window.h"

#include "core/boundary.h"
#include "core/signals.h"

#include <torch/torch.h>

namespace seg {
namespace {

using torch::indexing::Slice;

torch::Tensor axis_gaussian(std::int64_t window) {
  const double sigma = 0.125 * static_cast<double>(window);
  const auto t = torch::arange(window, torch::kFloat64) - (static_cast<double>(window) - 1) / 2;
  return torch::exp(-(t * t) / (2 * sigma * sigma));
}

// The volume with every axis at least as long as the window, and where the original begins in it.
std::pair<torch::Tensor, Dhw<std::int64_t>> pad_to_window(const torch::Tensor& image,
                                                          const std::vector<double>& padding,
                                                          const Dhw<std::int64_t>& window) {
  Dhw<std::int64_t> front{};
  std::vector<std::int64_t> pads;
  for (int axis = 2; axis >= 0; --axis) {
    const std::int64_t missing = std::max<std::int64_t>(0, window[axis] - image.size(axis + 1));
    front[axis] = missing / 2;
    pads.push_back(missing / 2);
    pads.push_back(missing - missing / 2);
  }
  const bool any = std::any_of(pads.begin(), pads.end(), [](std::int64_t p) { return p > 0; });
  if (!any) return {image, front};
  std::vector<torch::Tensor> channels;
  for (std::int64_t k = 0; k < image.size(0); ++k)
    channels.push_back(
        torch::constant_pad_nd(image[k], pads, padding.at(static_cast<std::size_t>(k))));
  return {torch::stack(channels), front};
}

}  // namespace

std::vector<std::int64_t> window_starts(std::int64_t size, std::int64_t window, double overlap) {
  const std::int64_t step =
      size == window
          ? window
          : std::max<std::int64_t>(
                1, static_cast<std::int64_t>(static_cast<double>(window) * (1 - overlap)));
  std::vector<std::int64_t> starts;
  for (std::int64_t start = 0;; start += step) {
    starts.push_back(std::min(start, size - window));
    if (start + window >= size) return starts;
  }
}

std::int64_t window_count(const Dhw<std::int64_t>& volume, const Dhw<std::int64_t>& window,
                          double overlap) {
  std::int64_t count = 1;
  for (std::size_t d = 0; d < 3; ++d) {
    const std::int64_t size = std::max(volume[d], window[d]);
    count *= static_cast<std::int64_t>(window_starts(size, window[d], overlap).size());
  }
  return count;
}

torch::Tensor window_importance(const Dhw<std::int64_t>& window, Importance kind) {
  if (kind == Importance::uniform) return torch::ones({window[0], window[1], window[2]});
  const auto weight = axis_gaussian(window[0]).view({-1, 1, 1}) *
                      axis_gaussian(window[1]).view({1, -1, 1}) *
                      axis_gaussian(window[2]).view({1, 1, -1});
  const double floor = std::max(weight.min().item<double>(), 1e-3);
  return weight.clamp_min(floor).to(torch::kFloat32);
}

namespace {

// Logits of one window's depth of slices, added up with their weights where the network left them:
// on its device and in its logits' order of memory, so that nothing is converted or copied.
class Sum {
 public:
  Sum(const torch::Tensor& importance, std::int64_t rows, std::int64_t columns)
      : weight_(importance), rows_(rows), columns_(columns) {}

  // logits [1, M, window], with their first row and column.
  void add(const torch::Tensor& logits, std::int64_t h, std::int64_t w) {
    if (!sum_.defined()) allocate(logits);
    const auto rows = Slice(h, h + weight_.size(1)), columns = Slice(w, w + weight_.size(2));
    sum_.index({Slice(), Slice(), rows, columns}).addcmul_(logits[0], weight_);
    weight_sum_.index({Slice(), rows, columns}).add_(weight_);
  }

  // The averaged logits of these slices, in place.
  torch::Tensor averaged(const Slice& slices, const Slice& rows, const Slice& columns) {
    return sum_.index({Slice(), slices, rows, columns})
        .div_(weight_sum_.index({slices, rows, columns}));
  }

  // Forgets the first `done` slices.
  void advance(std::int64_t done) {
    for (torch::Tensor* t : {&sum_, &weight_sum_}) {
      const std::int64_t axis = t->dim() - 3, left = t->size(axis) - done;
      const torch::Tensor rest = t->narrow(axis, done, left).clone();
      t->narrow(axis, 0, left).copy_(rest);
      t->narrow(axis, left, done).zero_();
    }
  }

 private:
  void allocate(const torch::Tensor& logits) {
    weight_ = weight_.to(logits.device());
    const auto options = logits.options().dtype(torch::kFloat32);
    const std::int64_t depth = weight_.size(0);
    sum_ = torch::zeros({1, logits.size(1), depth, rows_, columns_}, options);
    sum_ = sum_.contiguous(logits.suggest_memory_format())[0];
    weight_sum_ = torch::zeros({depth, rows_, columns_}, options);
  }

  torch::Tensor weight_, sum_, weight_sum_;
  std::int64_t rows_, columns_;
};

}  // namespace

void slide(const torch::Tensor& image, const std::vector<double>& padding,
           const Dhw<std::int64_t>& window, const InferenceConfig& config,
           const std::function<torch::Tensor(const torch::Tensor&)>& predict,
           const std::function<void(std::int64_t, const torch::Tensor&)>& emit) {
  torch::NoGradGuard no_grad;
  const auto [padded, front] = pad_to_window(image, padding, window);
  const std::int64_t D = padded.size(1), H = padded.size(2), W = padded.size(3);
  const auto starts_d = window_starts(D, window[0], config.overlap);
  const auto starts_h = window_starts(H, window[1], config.overlap);
  const auto starts_w = window_starts(W, window[2], config.overlap);
  const auto rows = Slice(front[1], front[1] + image.size(2)),
             columns = Slice(front[2], front[2] + image.size(3));
  Sum sum(window_importance(window, config.importance), H,
          W);  // of slices starts_d[i] .. + window[0]

  for (std::size_t i = 0; i < starts_d.size(); ++i) {
    const std::int64_t z = starts_d[i];
    for (const std::int64_t h : starts_h)
      for (const std::int64_t w : starts_w) {
        at_boundary("window");
        throw_if_stopped();
        const auto patch = padded.index(
            {Slice(), Slice(z, z + window[0]), Slice(h, h + window[1]), Slice(w, w + window[2])});
        sum.add(predict(patch.unsqueeze(0)), h, w);
      }
    const std::int64_t done = i + 1 < starts_d.size()
                                  ? starts_d[i + 1] - z
                                  : window[0];  // slices that no later window touches
    const std::int64_t from = std::max(z, front[0]),
                       to = std::min(z + done, front[0] + image.size(1));
    if (from < to) emit(from - front[0], sum.averaged(Slice(from - z, to - z), rows, columns));
    if (i + 1 < starts_d.size()) sum.advance(done);
  }
}

torch::Tensor slide_labels(const torch::Tensor& image, const std::vector<double>& padding,
                           const Dhw<std::int64_t>& window, const InferenceConfig& config,
                           const std::function<torch::Tensor(const torch::Tensor&)>& predict) {
  torch::Tensor labels;
  slide(image, padding, window, config, predict, [&](std::int64_t z, const torch::Tensor& logits) {
    if (!labels.defined())
      labels = torch::empty({image.size(1), image.size(2), image.size(3)},
                            logits.options().dtype(torch::kUInt8));
    labels.narrow(0, z, logits.size(1)).copy_(logits.argmax(0));
  });
  return labels.cpu();
}

}  // namespace seg
