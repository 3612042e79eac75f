#include "metric/lesions.h"

#include "core/error.h"
#include "core/ignore.h"
#include "core/parallel.h"
#include "metric/lesion_surface.h"
#include "metric/region_masks.h"

#include <limits>
#include <map>
#include <set>

namespace seg {
namespace {

struct Sides {
  LesionGroups prediction, truth;
};

// What holds for all regions of a case.
struct Setting {
  const LesionConstants& constants;
  const Dhw<double>& spacing;
  std::int64_t valid_voxels;

  double mm3(std::int64_t voxels) const {  // in this order, as the scripts multiply
    return static_cast<double>(voxels) * spacing[2] * spacing[1] * spacing[0];
  }
};

const LesionRegion& constants_of_region(const LesionConstants& constants, const std::string& name,
                                        LesionRule rule) {
  std::string known;
  for (const LesionRegion& region : constants.regions) {
    if (region.name == name) return region;
    known += (known.empty() ? "" : ", ") + std::string(region.name);
  }
  fail_config("lesions: {} knows no region '{}'; name its regions {}", word_of(rule), name, known);
}

std::vector<std::vector<Run>> runs_of_lesions(const LesionGroups& side) {
  std::vector<std::vector<Run>> runs(side.lesions.size());
  for (std::size_t i = 0; i < side.mask.runs().size(); ++i) {
    const auto group = static_cast<std::size_t>(side.groups.of_run[i]);
    const auto lesion = static_cast<std::size_t>(side.lesion_of_group[group]);
    runs[lesion].push_back(side.mask.runs()[i]);
  }
  return runs;
}

double dice_of(std::int64_t common, std::int64_t a, std::int64_t b) {
  return 2.0 * static_cast<double>(common) / static_cast<double>(a + b);
}

LesionScores only_nsd_if(bool nsd, LesionScores scores) {
  if (!nsd) scores.nsd05 = scores.nsd10 = std::numeric_limits<double>::quiet_NaN();
  return scores;
}

LesionScores perfect(const LesionConstants& constants) {
  return only_nsd_if(constants.nsd, {1, 0, 1, 1});
}

LesionScores missed(const LesionConstants& constants) {
  return only_nsd_if(constants.nsd, {0, constants.penalty, 0, 0});
}

LesionScores compare_surfaces(double dice, const LesionSurface& a, const LesionSurface& b,
                              bool nsd) {
  LesionScores scores = only_nsd_if(nsd, {dice, hd95_by_area(a, b), 0, 0});
  if (!nsd) return scores;
  scores.nsd05 = nsd_of_borders(a, b, 0.5);
  scores.nsd10 = nsd_of_borders(a, b, 1.0);
  return scores;
}

// Which predicted lesions have a voxel in the surroundings of which reference lesion, and the
// voxels that lesions of both sides share.
struct Meetings {
  std::vector<std::set<std::int32_t>> matched;                           // per reference lesion
  std::map<std::pair<std::int32_t, std::int32_t>, std::int64_t> common;  // (reference, predicted)
};

Meetings meetings_of(const Sides& sides) {
  const LesionGroups &p = sides.prediction, &t = sides.truth;
  const auto lesion = [](const LesionGroups& side, std::int32_t group) {
    return side.lesion_of_group[static_cast<std::size_t>(group)];
  };
  Meetings meetings;
  meetings.matched.resize(t.lesions.size());
  each_common(t.dilated, p.mask, [&](std::size_t i, std::size_t j, std::int64_t) {
    const std::int32_t of_truth = lesion(t, t.of_dilated.of_run[i]);
    meetings.matched[static_cast<std::size_t>(of_truth)].insert(lesion(p, p.groups.of_run[j]));
  });
  each_common(t.mask, p.mask, [&](std::size_t i, std::size_t j, std::int64_t voxels) {
    meetings.common[{lesion(t, t.groups.of_run[i]), lesion(p, p.groups.of_run[j])}] += voxels;
  });
  return meetings;
}

// All but the scores.
std::vector<Lesion> lesion_table(const Sides& sides, const Meetings& meetings, double min_mm3,
                                 const Setting& setting) {
  std::vector<Lesion> table;
  for (std::size_t l = 0; l < sides.truth.lesions.size(); ++l) {
    Lesion lesion;
    static_cast<NamedLesion&>(lesion) = sides.truth.lesions[l];
    lesion.mm3 = setting.mm3(lesion.voxels);
    lesion.counted = lesion.mm3 > min_mm3;
    for (const std::int32_t m : meetings.matched[l]) {
      const NamedLesion& predicted = sides.prediction.lesions[static_cast<std::size_t>(m)];
      lesion.matched.push_back(predicted.first);
      lesion.matched_voxels += predicted.voxels;
    }
    table.push_back(std::move(lesion));
  }
  return table;
}

void score_lesions(const Sides& sides, const Meetings& meetings, const Setting& setting,
                   std::vector<Lesion>& table) {
  const auto truth_runs = runs_of_lesions(sides.truth);
  const auto prediction_runs = runs_of_lesions(sides.prediction);
  const std::int64_t rows = sides.truth.mask.size()[1];
  const bool nsd = setting.constants.nsd;
  // Lesions that the same predicted ones match share the surface of these.
  std::map<std::set<std::int32_t>, std::vector<std::size_t>> by_matched;
  for (std::size_t l = 0; l < table.size(); ++l) {
    table[l].scores = missed(setting.constants);
    if (!meetings.matched[l].empty()) by_matched[meetings.matched[l]].push_back(l);
  }
  for (const auto& [matched, lesions] : by_matched) {
    std::vector<Run> runs;
    for (const std::int32_t m : matched) {
      const auto& more = prediction_runs[static_cast<std::size_t>(m)];
      runs.insert(runs.end(), more.begin(), more.end());
    }
    const LesionSurface predicted(runs, rows, setting.spacing, nsd);
    for (const std::size_t l : lesions) {
      std::int64_t common = 0;
      for (const std::int32_t m : matched)
        if (const auto found = meetings.common.find({static_cast<std::int32_t>(l), m});
            found != meetings.common.end())
          common += found->second;
      table[l].scores = compare_surfaces(dice_of(common, table[l].voxels, table[l].matched_voxels),
                                         LesionSurface(truth_runs[l], rows, setting.spacing, nsd),
                                         predicted, nsd);
    }
  }
}

LesionScores mean_scores(const RegionLesions& region, const LesionConstants& constants) {
  if (region.none()) return perfect(constants);
  LesionScores sum{};
  for (const Lesion& lesion : region.lesions) {
    if (!lesion.counted) continue;
    sum.dice += lesion.scores.dice;
    sum.hd95 += lesion.scores.hd95;
    sum.nsd05 += lesion.scores.nsd05;
    sum.nsd10 += lesion.scores.nsd10;
  }
  sum.hd95 += constants.penalty * static_cast<double>(region.fp);
  const auto n = static_cast<double>(region.tp + region.fn + region.fp);
  return only_nsd_if(constants.nsd, {sum.dice / n, sum.hd95 / n, sum.nsd05 / n, sum.nsd10 / n});
}

RegionLesions score_region(const std::string& name, const Sides& sides, double min_mm3,
                           const Setting& setting) {
  const Meetings meetings = meetings_of(sides);
  RegionLesions region;
  region.region = name;
  region.lesions = lesion_table(sides, meetings, min_mm3, setting);
  score_lesions(sides, meetings, setting, region.lesions);
  std::set<std::int32_t> matched;
  for (std::size_t l = 0; l < region.lesions.size(); ++l) {
    matched.insert(meetings.matched[l].begin(), meetings.matched[l].end());
    if (!region.lesions[l].counted) continue;
    ++(region.lesions[l].matched.empty() ? region.fn : region.tp);
  }
  for (std::size_t p = 0; p < sides.prediction.lesions.size(); ++p)
    if (!matched.contains(static_cast<std::int32_t>(p)))
      region.false_positives.push_back(sides.prediction.lesions[p]);
  region.fp = std::ssize(region.false_positives);
  region.dropped = sides.prediction.dropped;
  region.scores = mean_scores(region, setting.constants);
  return region;
}

WholeRegion score_whole(const Sides& sides, const Setting& setting) {
  const RunMask &p = sides.prediction.mask, &t = sides.truth.mask;
  const std::int64_t in_p = p.voxels(), in_t = t.voxels();
  std::int64_t common = 0;
  each_common(t, p, [&](std::size_t, std::size_t, std::int64_t voxels) { common += voxels; });
  WholeRegion whole;
  whole.truth_mm3 = setting.mm3(in_t);
  whole.prediction_mm3 = setting.mm3(in_p);
  if (in_p == 0 && in_t == 0) {
    whole.scores = perfect(setting.constants);
    whole.sensitivity = whole.specificity = 1;
    return whole;
  }
  const std::int64_t negative = setting.valid_voxels - in_t;
  const auto share = [](std::int64_t part, std::int64_t all) {
    return all == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(all);
  };
  whole.sensitivity = share(common, in_t);
  whole.specificity = share(negative - (in_p - common), negative);
  whole.scores = missed(setting.constants);
  if (in_p == 0 || in_t == 0) return whole;
  const bool nsd = setting.constants.nsd;
  const std::int64_t rows = t.size()[1];
  whole.scores = compare_surfaces(dice_of(common, in_t, in_p),
                                  LesionSurface(t.runs(), rows, setting.spacing, nsd),
                                  LesionSurface(p.runs(), rows, setting.spacing, nsd), nsd);
  return whole;
}

void join_sides(const std::vector<Region>& regions, std::vector<Sides>& sides, LesionRule rule) {
  const auto of = [&](const char* name) -> Sides& {
    for (std::size_t r = 0; r < regions.size(); ++r)
      if (regions[r].name == name) return sides[r];
    fail_config("lesions: {} needs the region {} to join tissues; name it, if without a label",
                word_of(rule), name);
  };
  Sides &netc = of("NETC"), &et = of("ET"), &rc = of("RC"), &snfh = of("SNFH");
  join_tissues({&netc.truth, &et.truth, &rc.truth, &snfh.truth});
  join_tissues({&netc.prediction, &et.prediction, &rc.prediction, &snfh.prediction});
}

}  // namespace

std::vector<RegionLesions> lesion_scores(const torch::Tensor& prediction,
                                         const torch::Tensor& truth,
                                         const std::vector<Region>& regions,
                                         const Dhw<double>& spacing, LesionRule rule, int threads) {
  if (rule == LesionRule::panoptic) fail("lesions: panoptic is no rule of lesion_scores");
  const LesionConstants constants = constants_of(rule);
  std::vector<const LesionRegion*> rows;
  for (const Region& region : regions)
    rows.push_back(&constants_of_region(constants, region.name, rule));
  const std::int64_t valid = (truth != kIgnore).sum().item<std::int64_t>();
  const Setting setting{constants, spacing, valid};
  const std::int64_t count = std::ssize(regions);
  std::vector<Sides> sides(regions.size());
  parallel_for(count, threads, [&](std::int64_t i) {
    const auto r = static_cast<std::size_t>(i);
    const RegionMasks masks = region_masks(prediction, truth, regions[r]);
    const LesionRegion& row = *rows[r];
    sides[r].truth = lesion_groups(masks.truth, row.dilation, 0);
    sides[r].prediction = lesion_groups(masks.prediction, row.prediction_dilation, row.drop_voxels);
  });
  if (constants.joins_tissues) join_sides(regions, sides, rule);
  std::vector<RegionLesions> scores(regions.size());
  std::vector<WholeRegion> wholes(regions.size());
  parallel_for(2 * count, threads, [&](std::int64_t i) {
    const auto r = static_cast<std::size_t>(i / 2);
    if (i % 2 == 0)
      scores[r] = score_region(regions[r].name, sides[r], rows[r]->min_mm3, setting);
    else
      wholes[r] = score_whole(sides[r], setting);
  });
  for (std::size_t r = 0; r < regions.size(); ++r) scores[r].whole = wholes[r];
  return scores;
}

}  // namespace seg
