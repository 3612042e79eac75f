#include "evaluation/gallery.h"

#include <algorithm>
#include <cmath>

namespace seg {
namespace {

// Puts it in its place among `each`, the first of which is the most extreme; whether it has one.
template <class Before>
bool put(std::vector<Gallery::Shown>& list, std::size_t each, const Gallery::Shown& shown,
         Before before) {
  const auto place = std::find_if(list.begin(), list.end(), [&](const Gallery::Shown& other) {
    return before(shown.score, other.score);
  });
  if (place == list.end() && list.size() >= each) return false;
  list.insert(place, shown);
  if (list.size() > each) list.pop_back();
  return true;
}

}  // namespace

void Gallery::offer(const std::string& id, double score, const std::function<std::string()>& draw) {
  if (std::isnan(score) || each_ == 0) return;
  const auto fits = [&](const std::vector<Shown>& list, auto before) {
    return list.size() < each_ || before(score, list.back().score);
  };
  if (!fits(worst_, std::less<>()) && !fits(best_, std::greater<>())) return;
  const Shown shown{id, score, draw()};
  put(worst_, each_, shown, std::less<>());
  put(best_, each_, shown, std::greater<>());
}

std::vector<Gallery::Shown> Gallery::best() const {
  std::vector<Shown> others;
  for (const Shown& b : best_)
    if (std::none_of(worst_.begin(), worst_.end(), [&](const Shown& w) { return w.id == b.id; }))
      others.push_back(b);
  return others;
}

}  // namespace seg
