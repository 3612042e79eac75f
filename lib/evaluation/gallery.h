#pragma once
// The cases that a report shows: the worst and the best, whose pictures are drawn when they turn
// out to be among them, so that no more than those are held.
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace seg {

class Gallery {
 public:
  struct Shown {
    std::string id;
    double score = 0;
    std::string svg;
  };

  explicit Gallery(std::size_t each = 3) : each_(each) {}  // so many worst and best

  // score: higher is better; NaN (a case of nothing) is not shown. draw() makes the picture.
  void offer(const std::string& id, double score, const std::function<std::string()>& draw);

  const std::vector<Shown>& worst() const { return worst_; }  // the worst first
  std::vector<Shown> best() const;                            // the best first, none of worst()

 private:
  std::size_t each_;
  std::vector<Shown> worst_, best_;
};

}  // namespace seg
