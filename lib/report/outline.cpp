#include "report/outline.h"

#include <fmt/format.h>

namespace seg {
namespace {

// Steps between corners of pixels, clockwise as the picture is seen: right, down, left, up.
constexpr std::array<std::array<int, 2>, 4> steps = {{{1, 0}, {0, 1}, {-1, 0}, {0, -1}}};

// The border's steps that begin at each corner of a pixel, a bit per direction.
class Borders {
 public:
  explicit Borders(const torch::Tensor& mask)
      : height_(static_cast<int>(mask.size(0))),
        width_(static_cast<int>(mask.size(1))),
        from_(static_cast<std::size_t>((height_ + 1) * (width_ + 1)), 0) {
    const torch::Tensor inside = mask.ne(0).contiguous();
    const bool* at = inside.data_ptr<bool>();
    const auto set = [&](int x, int y) {
      return x >= 0 && y >= 0 && x < width_ && y < height_ && at[y * width_ + x];
    };
    for (int y = 0; y < height_; ++y)
      for (int x = 0; x < width_; ++x) {
        if (!set(x, y)) continue;
        if (!set(x, y - 1)) corner(x, y) |= 1;
        if (!set(x + 1, y)) corner(x + 1, y) |= 2;
        if (!set(x, y + 1)) corner(x + 1, y + 1) |= 4;
        if (!set(x - 1, y)) corner(x, y + 1) |= 8;
      }
  }

  std::vector<Loop> loops() {
    std::vector<Loop> found;
    for (int y = 0; y <= height_; ++y)
      for (int x = 0; x <= width_; ++x)
        while (corner(x, y) != 0) found.push_back(walk(x, y));
    return found;
  }

 private:
  std::uint8_t& corner(int x, int y) {
    return from_[static_cast<std::size_t>(y * (width_ + 1) + x)];
  }

  // Takes the steps of one loop away. The scan comes to a loop at its uppermost, leftmost corner,
  // where one step begins. Where two loops meet, the walk turns right: it stays at its pixel.
  Loop walk(int x, int y) {
    const int x0 = x, y0 = y;
    Loop loop;
    int direction = (corner(x, y) & 1) != 0 ? 0 : 1, last = -1;
    do {
      if (direction != last) loop.push_back({x, y});
      corner(x, y) &= static_cast<std::uint8_t>(~(1U << direction));
      x += steps[static_cast<std::size_t>(direction)][0];
      y += steps[static_cast<std::size_t>(direction)][1];
      last = direction;
      direction = next_step(x, y, last);
    } while (x != x0 || y != y0);
    return loop;
  }

  int next_step(int x, int y, int last) {
    for (const int turn : {1, 0, 3})
      if ((corner(x, y) >> (last + turn) % 4 & 1) != 0) return (last + turn) % 4;
    return last;
  }

  int height_;
  int width_;
  std::vector<std::uint8_t> from_;
};

}  // namespace

std::vector<Loop> outlines(const torch::Tensor& mask) { return Borders(mask).loops(); }

double area(const Loop& loop) {
  double twice = 0;
  for (std::size_t i = 0; i < loop.size(); ++i) {
    const auto& [x0, y0] = loop[i];
    const auto& [x1, y1] = loop[(i + 1) % loop.size()];
    twice += static_cast<double>(x0) * y1 - static_cast<double>(x1) * y0;
  }
  return twice / 2;
}

std::string path_data(const Loop& loop) {
  if (loop.empty()) return "";
  std::string data = fmt::format("M{} {}", loop[0][0], loop[0][1]);
  for (std::size_t i = 1; i < loop.size(); ++i) {
    const bool across = loop[i][1] == loop[i - 1][1];
    data += fmt::format("{}{}", across ? 'h' : 'v',
                        across ? loop[i][0] - loop[i - 1][0] : loop[i][1] - loop[i - 1][1]);
  }
  return data + "z";
}

}  // namespace seg
