#include "evaluation/lesion_table.h"

#include "core/text.h"
#include "statistics/summary.h"

#include <fmt/format.h>

#include <cmath>

namespace seg {
namespace {

std::string number(double value) { return std::isnan(value) ? "" : fmt::format("{:.6f}", value); }

// In the file's order i, j, k.
std::string place_of(const Dhw<std::int64_t>& first) {
  return fmt::format("{} {} {}", first[2], first[1], first[0]);
}

std::string matched_text(const Lesion& lesion) {
  std::string text;
  for (const auto& first : lesion.matched) text += (text.empty() ? "" : "; ") + place_of(first);
  return text;
}

std::string lesion_line(const std::string& start, const Lesion& l) {
  return fmt::format("{},reference,{},{},{:.6f},{},{},{},{},{},{},{}\n", start, place_of(l.first),
                     l.voxels, l.mm3, l.counted ? 1 : 0, csv_value(matched_text(l)),
                     l.matched_voxels, number(l.scores.dice), number(l.scores.hd95),
                     number(l.scores.nsd05), number(l.scores.nsd10));
}

std::string other_line(const std::string& start, const char* kind, const NamedLesion& l) {
  return fmt::format("{},{},{},{},,,,,,,,\n", start, kind, place_of(l.first), l.voxels);
}

// The column of one figure over the cases.
template <class Figure>
Summary over_cases(std::size_t cases, Figure figure) {
  std::vector<double> values;
  for (std::size_t i = 0; i < cases; ++i) values.push_back(figure(i));
  return summary_of(values);
}

}  // namespace

LesionTable::LesionTable(LesionRule rule, const std::vector<std::string>& classes,
                         const std::vector<Region>& regions)
    : rule_(rule),
      regions_(rule == LesionRule::panoptic ? regions : tissue_regions(rule, classes)) {}

std::string LesionTable::title() const {
  return fmt::format("Lesion by lesion ({})", word_of(rule_));
}

void LesionTable::add(const std::string& id, const LabelPair& pair) {
  CaseLesions c{id, {}, {}};
  if (panoptic())
    c.panoptic = panoptic_quality(pair.prediction, pair.truth, regions_);
  else
    c.lesions =
        lesion_scores(pair.prediction, pair.truth, regions_, pair.geometry.spacing_dhw(), rule_);
  cases_.push_back(c);
}

std::string LesionTable::lesions_csv() const {
  std::string csv =
      "case,region,kind,first_i_j_k,voxels,mm3,counted,matched,matched_voxels,dice,hd95_mm,"
      "nsd_0.5mm,nsd_1mm\n";
  for (const CaseLesions& c : cases_)
    for (const RegionLesions& region : c.lesions) {
      const std::string start = csv_value(c.id) + "," + csv_value(region.region);
      for (const Lesion& l : region.lesions) csv += lesion_line(start, l);
      for (const NamedLesion& l : region.false_positives)
        csv += other_line(start, "false positive", l);
      for (const NamedLesion& l : region.dropped) csv += other_line(start, "deleted", l);
    }
  return csv;
}

std::string LesionTable::regions_csv() const {
  return panoptic() ? panoptic_csv() : challenge_regions_csv();
}

std::string LesionTable::challenge_regions_csv() const {
  std::string csv =
      "case,Labels,Num_TP,Num_FP,Num_FN,Sensitivity,Specificity,Legacy_Dice,Legacy_HD95,"
      "GT_Complete_Volume,LesionWise_Score_Dice,LesionWise_Score_HD95,Legacy_NSD_0.5,"
      "Legacy_NSD_1.0,LesionWise_Score_NSD_0.5,LesionWise_Score_NSD_1.0\n";
  for (const CaseLesions& c : cases_)
    for (const RegionLesions& r : c.lesions) {
      csv += fmt::format("{},{},{},{},{}", csv_value(c.id), csv_value(r.region), r.tp, r.fp, r.fn);
      for (const double v :
           {r.whole.sensitivity, r.whole.specificity, r.whole.scores.dice, r.whole.scores.hd95,
            r.whole.truth_mm3, r.scores.dice, r.scores.hd95, r.whole.scores.nsd05,
            r.whole.scores.nsd10, r.scores.nsd05, r.scores.nsd10})
        csv += "," + number(v);
      csv += "\n";
    }
  return csv;
}

std::string LesionTable::panoptic_csv() const {
  std::string csv = "case,region,tp,fp,fn,rq,sq,pq\n";
  for (const CaseLesions& c : cases_)
    for (const PanopticQuality& q : c.panoptic)
      csv += fmt::format("{},{},{},{},{},{},{},{}\n", csv_value(c.id), csv_value(q.region), q.tp,
                         q.fp, q.fn, number(q.rq), number(q.sq), number(q.pq));
  return csv;
}

SummaryRows LesionTable::summary() const {
  return panoptic() ? panoptic_summary() : challenge_summary();
}

SummaryRows LesionTable::challenge_summary() const {
  SummaryRows out;
  out.head = {"region", "lesion-wise Dice", "lesion-wise HD95 mm",  "found",
              "missed", "made up",          "cases without lesions"};
  for (std::size_t k = 0; k < regions_.size(); ++k) {
    std::int64_t tp = 0, fn = 0, fp = 0, none = 0;
    for (const CaseLesions& c : cases_) {
      tp += c.lesions[k].tp;
      fn += c.lesions[k].fn;
      fp += c.lesions[k].fp;
      none += c.lesions[k].none();
    }
    const auto dice =
        over_cases(cases_.size(), [&](auto i) { return cases_[i].lesions[k].scores.dice; });
    const auto hd95 =
        over_cases(cases_.size(), [&](auto i) { return cases_[i].lesions[k].scores.hd95; });
    out.rows.push_back({regions_[k].name, fmt::format("{:.4f}", dice.mean),
                        fmt::format("{:.2f}", hd95.mean), std::to_string(tp), std::to_string(fn),
                        std::to_string(fp), fmt::format("{} of {}", none, cases_.size())});
  }
  return out;
}

SummaryRows LesionTable::panoptic_summary() const {
  SummaryRows out;
  out.head = {"region", "PQ", "RQ", "SQ", "pairs", "missed", "made up", "cases"};
  for (std::size_t k = 0; k < regions_.size(); ++k) {
    std::int64_t tp = 0, fn = 0, fp = 0;
    for (const CaseLesions& c : cases_) {
      tp += c.panoptic[k].tp;
      fn += c.panoptic[k].fn;
      fp += c.panoptic[k].fp;
    }
    const auto text = [&](double PanopticQuality::*figure) {
      const double mean =
          over_cases(cases_.size(), [&](auto i) { return cases_[i].panoptic[k].*figure; }).mean;
      return std::isnan(mean) ? "absent" : fmt::format("{:.4f}", mean);
    };
    const Summary pq = over_cases(cases_.size(), [&](auto i) { return cases_[i].panoptic[k].pq; });
    out.rows.push_back({regions_[k].name, text(&PanopticQuality::pq), text(&PanopticQuality::rq),
                        text(&PanopticQuality::sq), std::to_string(tp), std::to_string(fn),
                        std::to_string(fp), fmt::format("{} of {}", pq.count, cases_.size())});
  }
  return out;
}

}  // namespace seg
