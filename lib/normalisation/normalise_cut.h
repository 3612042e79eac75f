#pragma once
// How a CPU's passes over a volume share it out, and how sums come together again. Both depend on
// the volume's shape alone, so results do not depend on the number of threads.
#include "normalisation/normalise_kernel.h"
#include "normalisation/normalise_layout.h"

#include <functional>
#include <vector>

namespace seg {

// A plane lies in one piece in memory and has one set of numbers: the voxels of a group, all their
// channels, or with a volume that is not channels_last those of a sample's channel. It is cut into
// pieces, the parts that threads work on.
class NormCut {
 public:
  explicit NormCut(const NormLayout& layout);

  std::int64_t planes() const { return planes_; }
  std::int64_t parts() const { return planes_ * pieces_; }
  std::int64_t plane_of(std::int64_t part) const { return part / pieces_; }
  // Of a plane, and of the period by which vectors pass over it: a multiple of both.
  std::int64_t channels() const { return channels_; }
  std::int64_t width() const { return width_; }
  // A plane's first channel, of the volume's and of [groups, channels].
  std::int64_t first_channel(std::int64_t plane) const;
  std::int64_t first_number(std::int64_t plane) const;

  // Part i of the volumes that `whole` points to the beginnings of.
  NormPart part(std::int64_t i, const NormPart& whole) const;

  // work(part) for each, on all threads.
  void each_part(const std::function<void(std::int64_t part)>& work) const;

  // [count, groups, channels]: what work(part, sums [count, width]) adds up over the parts.
  std::vector<double> sums(std::int64_t count,
                           const std::function<void(std::int64_t part, double* sums)>& work) const;

 private:
  NormLayout layout_;
  std::int64_t planes_, plane_values_, channels_, width_, pieces_, piece_values_;
};

// The numbers of every plane's channels, repeated to the cut's width.
class NormTables {
 public:
  // What is null in f counts as 0, scale and inverse as 1.
  NormTables(const NormCut& cut, const NormFormula& f, const float* mean_slope = nullptr,
             const float* tilt = nullptr);
  NormNumbers of_plane(std::int64_t plane) const;

 private:
  enum Row { bias, mean, factor, shift, mean_slope, tilt, rows };
  const float* row(std::int64_t plane, Row which) const {
    return values_.data() + (plane * rows + which) * width_;
  }
  void set(std::int64_t plane, Row which, std::int64_t channel, float value);

  std::int64_t width_, channels_;
  float floor_;
  Activation after_;
  std::vector<float> values_;  // [planes, rows, width]
};

}  // namespace seg
