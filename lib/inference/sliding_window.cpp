#include "inference/sliding_window.h"

#include "core/boundary.h"
#include "core/signals.h"
#include "inference/blend.h"

#include <torch/torch.h>

namespace seg {
namespace {

using torch::indexing::Slice;

// The volume with every axis at least as long as the window; front: where the original begins in
// it.
torch::Tensor pad_to_window(const torch::Tensor& image, const std::vector<double>& padding,
                            const Dhw<std::int64_t>& window, Dhw<std::int64_t>& front) {
  std::vector<std::int64_t> pads;
  for (int axis = 2; axis >= 0; --axis) {
    const std::int64_t missing = std::max<std::int64_t>(0, window[axis] - image.size(axis + 1));
    front[axis] = missing / 2;
    pads.push_back(missing / 2);
    pads.push_back(missing - missing / 2);
  }
  const bool any = std::any_of(pads.begin(), pads.end(), [](std::int64_t p) { return p > 0; });
  if (!any) return image.contiguous();
  std::vector<torch::Tensor> channels;
  for (std::int64_t k = 0; k < image.size(0); ++k)
    channels.push_back(
        torch::constant_pad_nd(image[k], pads, padding.at(static_cast<std::size_t>(k))));
  return torch::stack(channels);
}

// Moves slices' rows [by, rows) to the front; piece by piece, so that none is read after it was
// written.
void move_rows_to_front(const torch::Tensor& band, std::int64_t by) {
  for (std::int64_t row = by; row < band.size(1); row += by) {
    const std::int64_t n = std::min(by, band.size(1) - row);
    band.narrow(1, row - by, n).copy_(band.narrow(1, row, n));
  }
}

}  // namespace

SlidingWindow::SlidingWindow(const torch::Tensor& image, const std::vector<double>& padding,
                             const Dhw<std::int64_t>& window, const InferenceConfig& config,
                             WindowNetwork network, const SlidingPlace& place)
    : padding_(padding),
      size_{image.size(1), image.size(2), image.size(3)},
      window_(window),
      config_(config),
      network_(std::move(network)),
      place_(place) {
  image_ = pad_to_window(image, padding, window, front_);
  placed_ = image_.to(place.device);
  starts_h_ = window_starts(image_.size(2), window[1], config.overlap);
  starts_w_ = window_starts(image_.size(3), window[2], config.overlap);
  windows_ = window_count(size_, window, config.overlap);
  weight_ = window_importance(window, config.importance).to(place.device);
  lay_out_levels();
}

// A last window that was moved back overlaps the one before it by more than the others do: the two
// make one level, so that no more is kept from level to level than their usual overlap.
void SlidingWindow::lay_out_levels() {
  const std::vector<std::int64_t> starts =
      window_starts(image_.size(1), window_[0], config_.overlap);
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const bool moved =
        i > 0 && starts[i] - starts[i - 1] < window_step(window_[0], config_.overlap);
    if (!moved) levels_.push_back({});
    levels_.back().starts.push_back(starts[i]);
    levels_.back().end = starts[i] + window_[0];
  }
  for (std::size_t i = 0; i < levels_.size(); ++i) {
    Level& level = levels_[i];
    level.final = i + 1 < levels_.size() ? levels_[i + 1].first() : level.end;
    thickest_ = std::max(thickest_, level.end - level.first());
    most_carried_ = std::max(most_carried_, level.end - level.final);
  }
}

std::optional<ScoreBlock> SlidingWindow::next() {
  torch::NoGradGuard no_grad;
  for (;;) {
    if (within_band_) leave_band();
    if (level_ == levels_.size()) return std::nullopt;
    enter_rows();
    add_band();
    within_band_ = true;
    const Level& level = levels_[level_];
    const std::int64_t y = starts_h_[row_],
                       rows = row_ + 1 < starts_h_.size() ? starts_h_[row_ + 1] - y : window_[1];
    const std::int64_t z0 = std::max(level.first(), front_[0]),
                       z1 = std::min(level.final, front_[0] + size_[0]),
                       y0 = std::max(y, front_[1]), y1 = std::min(y + rows, front_[1] + size_[1]);
    if (z0 >= z1 || y0 >= y1) continue;
    const auto slices = Slice(z0 - level.first(), z1 - level.first()),
               lines = Slice(y0 - y, y1 - y), columns = Slice(front_[2], front_[2] + size_[2]);
    const torch::Tensor scores = band_.index({slices, lines, columns});
    divide_by(scores, band_weight_.index({slices, lines, columns}));
    return ScoreBlock{z0 - front_[0], y0 - front_[1], scores};
  }
}

// The slices at the beginning of a level that the level before it added to.
std::int64_t SlidingWindow::carried_in() const {
  return level_ == 0 ? 0 : levels_[level_ - 1].end - levels_[level_ - 1].final;
}

void SlidingWindow::allocate(const torch::Tensor& logits) {
  const std::int64_t classes = logits.size(1), rows = image_.size(2), columns = image_.size(3);
  const auto floats = torch::TensorOptions().dtype(torch::kFloat32).device(place_.device);
  const double bytes = 4.0 * static_cast<double>(classes * columns) *
                       static_cast<double>(thickest_ * window_[1] + most_carried_ * rows);
  const bool wide = bytes <= place_.most_bytes;
  const auto type = floats.dtype(place_.sums.value_or(wide ? torch::kFloat32 : torch::kFloat16));
  band_ = torch::zeros({thickest_, window_[1], columns, classes}, type);
  carried_ = torch::empty({most_carried_, rows, columns, classes}, type);
  band_weight_ = torch::zeros({thickest_, window_[1], columns}, floats);
  carried_weight_ = torch::empty({most_carried_, rows, columns}, floats);
  enter_rows();
}

// The rows of the band that the band before did not have: what the level before left, then zeros.
void SlidingWindow::enter_rows() {
  if (!band_.defined()) return;  // of the first band, once it is known how many classes there are
  const std::int64_t y = starts_h_[row_], end = y + window_[1],
                     known = row_ == 0 ? y : starts_h_[row_ - 1] + window_[1],
                     carried = carried_in();
  const auto enter = [&](const torch::Tensor& band, const torch::Tensor& from) {
    const torch::Tensor rows = band.narrow(1, known - y, end - known);
    if (carried > 0)
      rows.narrow(0, 0, carried).copy_(from.narrow(0, 0, carried).narrow(1, known, end - known));
    rows.narrow(0, carried, thickest_ - carried).zero_();
  };
  enter(band_, carried_);
  enter(band_weight_, carried_weight_);
}

void SlidingWindow::add_band() {
  std::vector<Start> batch;
  for (const std::int64_t d : levels_[level_].starts)
    for (const std::int64_t w : starts_w_) {
      const Start at{d, w};
      const bool blank = config_.skip_empty && holds_padding_alone(at);
      if (blank && empty_logits_.defined()) {
        add(empty_logits_, at);
        ++empty_;
        ++done_;
        continue;
      }
      if (blank) add_batch({at});
      if (!blank) batch.push_back(at);
      if (static_cast<std::int64_t>(batch.size()) < config_.windows) continue;
      add_batch(batch);
      batch.clear();
    }
  if (!batch.empty()) add_batch(batch);
}

void SlidingWindow::add_batch(const std::vector<Start>& batch) {
  at_boundary("window");
  throw_if_stopped();
  std::vector<torch::Tensor> patches;
  const std::int64_t h = starts_h_[row_];
  for (const Start& at : batch)
    patches.push_back(placed_.index({Slice(), Slice(at.d, at.d + window_[0]),
                                     Slice(h, h + window_[1]), Slice(at.w, at.w + window_[2])}));
  done_ += static_cast<std::int64_t>(batch.size());
  const torch::Tensor logits =
      network_(batch.size() == 1 ? patches[0].unsqueeze(0) : torch::stack(patches));
  if (!band_.defined()) allocate(logits);
  for (std::size_t i = 0; i < batch.size(); ++i)
    add(logits[static_cast<std::int64_t>(i)], batch[i]);
  if (batch.size() == 1 && config_.skip_empty && !empty_logits_.defined() &&
      holds_padding_alone(batch[0]))
    empty_logits_ = logits[0].clone();
}

void SlidingWindow::add(const torch::Tensor& logits, const Start& at) {
  const auto slices =
                 Slice(at.d - levels_[level_].first(), at.d - levels_[level_].first() + window_[0]),
             columns = Slice(at.w, at.w + window_[2]);
  add_weighted(band_.index({slices, Slice(), columns}), logits.permute({1, 2, 3, 0}), weight_);
  band_weight_.index({slices, Slice(), columns}).add_(weight_);
}

// What later windows add to is kept: of these rows the later slices, of these slices the later
// rows.
void SlidingWindow::leave_band() {
  within_band_ = false;
  const Level& level = levels_[level_];
  const std::int64_t y = starts_h_[row_];
  const bool last = row_ + 1 == starts_h_.size();
  const std::int64_t rows = last ? window_[1] : starts_h_[row_ + 1] - y,
                     kept = level.end - level.final, from = level.final - level.first();
  const auto leave = [&](const torch::Tensor& band, const torch::Tensor& to) {
    if (kept > 0)
      to.narrow(0, 0, kept).narrow(1, y, rows).copy_(band.narrow(0, from, kept).narrow(1, 0, rows));
    if (!last) move_rows_to_front(band, rows);
  };
  leave(band_, carried_);
  leave(band_weight_, carried_weight_);
  row_ = last ? 0 : row_ + 1;
  level_ += last ? 1 : 0;
}

bool SlidingWindow::holds_padding_alone(const Start& at) const {
  const std::int64_t h = starts_h_[row_];
  for (std::int64_t c = 0; c < image_.size(0); ++c) {
    const auto value = static_cast<float>(padding_.at(static_cast<std::size_t>(c)));
    const auto* channel = image_[c].const_data_ptr<float>();
    for (std::int64_t z = at.d; z < at.d + window_[0]; ++z)
      for (std::int64_t y = h; y < h + window_[1]; ++y) {
        const float* row = channel + (z * image_.size(2) + y) * image_.size(3) + at.w;
        if (!std::all_of(row, row + window_[2], [=](float v) { return v == value; })) return false;
      }
  }
  return true;
}

}  // namespace seg
