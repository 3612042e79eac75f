#include "evaluation/gallery.h"

#include "support/catch.h"

#include <cmath>

using namespace seg;

TEST_CASE("a gallery holds the worst and the best, and draws no others", "[evaluation]") {
  Gallery gallery(2);
  std::string drawn;
  const std::vector<std::pair<std::string, double>> cases = {
      {"a", 0.5}, {"b", 0.6}, {"c", 0.55}, {"d", 0.1}, {"e", 0.9}, {"f", 0.57}, {"n", NAN}};
  for (const auto& [id, score] : cases)
    gallery.offer(id, score, [&, id = id] {
      drawn += id;
      return "<svg>" + id;
    });
  REQUIRE(gallery.worst().size() == 2);
  CHECK(gallery.worst()[0].id == "d");
  CHECK(gallery.worst()[1].id == "a");
  REQUIRE(gallery.best().size() == 2);
  CHECK(gallery.best()[0].id == "e");
  CHECK(gallery.best()[1].id == "b");
  CHECK(gallery.best()[0].svg == "<svg>e");
  CHECK(drawn.find('f') == std::string::npos);
  CHECK(drawn.find('n') == std::string::npos);
}

TEST_CASE("a case is not among the best if it is among the worst", "[evaluation]") {
  Gallery gallery(2);
  for (const char* id : {"a", "b", "c"})
    gallery.offer(id, id[0] - 'a', [] { return std::string("<svg/>"); });
  REQUIRE(gallery.worst().size() == 2);
  REQUIRE(gallery.best().size() == 1);
  CHECK(gallery.best()[0].id == "c");
}
