// The share of one of several machines.
#include "prediction/inputs.h"

#include "core/error.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <set>

namespace seg {
namespace {

constexpr std::int64_t most_parts = 1'000'000;

// A whole number from 1; 0 for any other text.
std::int64_t count_in(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && number >= 1 && number <= most_parts ? number : 0;
}

}  // namespace

Inputs part_of(const Inputs& inputs, const std::string& part) {
  const std::size_t slash = std::min(part.find('/'), part.size());
  const std::int64_t i = count_in(part.substr(0, slash));
  const std::int64_t n = count_in(part.substr(std::min(slash + 1, part.size())));
  if (i < 1 || n < 1 || i > n)
    fail_config("--part {}: must be I/N, with I from 1 to N, e.g. 2/3", part);
  std::set<std::string> ids;
  for (const Case& c : inputs.cases) ids.insert(c.id);
  for (const BadCase& bad : inputs.bad) ids.insert(bad.id);
  std::int64_t position = 0;
  std::erase_if(ids, [&](const std::string&) { return position++ % n != i - 1; });
  const auto chosen = [&](const auto& c) { return ids.contains(c.id); };
  Inputs some;
  std::copy_if(inputs.cases.begin(), inputs.cases.end(), std::back_inserter(some.cases), chosen);
  std::copy_if(inputs.bad.begin(), inputs.bad.end(), std::back_inserter(some.bad), chosen);
  return some;
}

}  // namespace seg
