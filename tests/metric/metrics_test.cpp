#include "metric/metrics.h"

#include "support/catch.h"

using namespace seg;

namespace {

const Metric& metric_named(const std::vector<Metric>& metrics, const std::string& name) {
  for (const Metric& metric : metrics)
    if (metric.name == name) return metric;
  FAIL("no metric " << name);
  return metrics.front();
}

}  // namespace

TEST_CASE("the table names every metric once, and NSD by its tolerance", "[metric]") {
  std::vector<std::string> names;
  for (const Metric& metric : metrics_of({1, 0.5, 2.25})) {
    names.push_back(metric.name);
    CHECK(metric.unit == (metric.higher_is_better ? "" : "mm"));
  }
  CHECK(names == std::vector<std::string>{"dsc", "iou", "precision", "recall", "hd", "hd95", "assd",
                                          "nsd_1mm", "nsd_0.5mm", "nsd_2.25mm"});
}

TEST_CASE("each metric reads its own value", "[metric]") {
  RegionMetrics r;
  r.counts = {.intersection = 6, .prediction = 8, .truth = 12};
  r.hd = 5;
  r.hd95 = 4;
  r.assd = 3;
  r.nsd = {0.25, 0.75};
  r.surfaces = true;
  const auto metrics = metrics_of({1, 2});
  const auto value = [&](const std::string& name) { return metric_named(metrics, name).value(r); };
  CHECK(value("dsc") == Approx(0.6).epsilon(1e-15));
  CHECK(value("iou") == Approx(6.0 / 14).epsilon(1e-15));
  CHECK(value("precision") == 0.75);
  CHECK(value("recall") == 0.5);
  CHECK(value("hd") == 5);
  CHECK(value("hd95") == 4);
  CHECK(value("assd") == 3);
  CHECK(value("nsd_1mm") == 0.25);
  CHECK(value("nsd_2mm") == 0.75);
}

TEST_CASE("surfaces that were not measured have no value", "[metric]") {
  RegionMetrics r;
  r.counts = {.intersection = 1, .prediction = 1, .truth = 1};
  for (const Metric& metric : metrics_of({1})) {
    CAPTURE(metric.name);
    const bool overlap = metric.name == "dsc" || metric.name == "iou" ||
                         metric.name == "precision" || metric.name == "recall";
    CHECK(std::isnan(metric.value(r)) == !overlap);
  }
}

TEST_CASE("absent is undefined in every overlap, one empty side 0", "[metric]") {
  const DiceCounts absent, missed{.intersection = 0, .prediction = 0, .truth = 5},
      made_up{.intersection = 0, .prediction = 5, .truth = 0};
  for (const auto& value :
       {&DiceCounts::dice, &DiceCounts::iou, &DiceCounts::precision, &DiceCounts::recall}) {
    CHECK(std::isnan((absent.*value)()));
    CHECK((missed.*value)() == 0);
    CHECK((made_up.*value)() == 0);
  }
}
