#pragma once
// The lower envelope of the parabolas f(q) + (spacing (x - q))^2 over one line, after Felzenszwalb
// and Huttenlocher: what makes a distance transform linear in the voxels.
#include <cstdint>
#include <limits>
#include <vector>

namespace seg {

inline double square(double x) { return x * x; }

template <class Number>
class Envelope {
 public:
  // For lines of up to `size` places.
  explicit Envelope(std::int64_t size, Number spacing = 1)
      : spacing_(spacing),
        scale_(1.0 / (static_cast<double>(spacing) * static_cast<double>(spacing))),
        f_(static_cast<std::size_t>(size)),
        at_(static_cast<std::size_t>(size)),
        from_(static_cast<std::size_t>(size)) {}

  // f(0), f(1) ... of the line, to be filled before build(); infinity: no parabola.
  Number* f() { return f_.data(); }

  // False where there is no parabola: then at() has no answer.
  bool build(std::int64_t size) {
    count_ = 0;
    now_ = 0;
    for (std::int64_t q = 0; q < size; ++q) {
      if (f_[q] == std::numeric_limits<Number>::infinity()) continue;
      while (count_ > 1 && crossing(at_[count_ - 1], q) <= from_[count_ - 1]) --count_;
      from_[count_] =
          count_ > 0 ? crossing(at_[count_ - 1], q) : -std::numeric_limits<double>::infinity();
      at_[count_++] = q;
    }
    return count_ > 0;
  }

  // The envelope at x, which must not be less than it was since build().
  Number at(std::int64_t x) {
    while (now_ + 1 < count_ && from_[now_ + 1] < static_cast<double>(x)) ++now_;
    const Number step = static_cast<Number>(x - at_[now_]) * spacing_;
    return f_[at_[now_]] + step * step;
  }

 private:
  // Where parabola q takes over from parabola p < q.
  double crossing(std::int64_t p, std::int64_t q) const {
    const double fp = f_[p] * scale_ + static_cast<double>(p * p),
                 fq = f_[q] * scale_ + static_cast<double>(q * q);
    return (fq - fp) / (2.0 * static_cast<double>(q - p));
  }

  Number spacing_;
  double scale_;  // from f to squares of places
  std::vector<Number> f_;
  std::vector<std::int64_t> at_;
  std::vector<double> from_;
  std::int64_t count_ = 0, now_ = 0;
};

}  // namespace seg
