#include "core/progress.h"

#include "support/catch.h"

namespace seg {

TEST_CASE("a clock shows minutes and, from an hour on, hours", "[core]") {
  CHECK(clock_text(0.4) == "0:00");
  CHECK(clock_text(187) == "3:07");
  CHECK(clock_text(3765) == "1:02:45");
}

TEST_CASE("progress tells count, rate and time left, then the time it took", "[core]") {
  CHECK(progress_figures(150, 150, 600, "steps", 50) == "150/600 steps, 3.0 steps/s, 2:30 left");
  CHECK(progress_figures(2, 2, 6, "cases", 5) == "2/6 cases, 2.5 s each, 0:10 left");
  CHECK(progress_figures(6, 6, 6, "cases", 15) == "6/6 cases, 2.5 s each, 0:15 in all");
}

TEST_CASE("a rate counts fractions of a unit, and nothing that was done before", "[core]") {
  CHECK(progress_figures(0, 0, 6, "cases", 3) == "0/6 cases");
  CHECK(progress_figures(0.5, 0.5, 2, "cases", 5) == "0/2 cases, 10.0 s each, 0:15 left");
  CHECK(progress_figures(500, 100, 600, "steps", 50) == "500/600 steps, 2.0 steps/s, 0:50 left");
}

TEST_CASE("a bar gives way to the figures, and the line never outgrows the terminal", "[core]") {
  const std::string figures = "150/600 steps, 3.0 steps/s, 2:30 left";
  CHECK(progress_bar("training", 0.25, figures, 200) ==
        "training [######..................] " + figures);
  CHECK(progress_bar("training", 0.25, figures, 60) == "training [##.........] " + figures);
  for (const int columns : {0, 10, 40, 79})
    CHECK(progress_bar("training", 0.5, figures, columns).size() <=
          static_cast<std::size_t>(columns));
  CHECK(progress_bar("training", 1.5, "", 40).find("########################]") !=
        std::string::npos);
}

}  // namespace seg
