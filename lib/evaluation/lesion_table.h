#pragma once
// Lesion by lesion: the table of an evaluation by the rules of --lesions.
#include "evaluation/original_space.h"
#include "evaluation/tissues.h"
#include "metric/lesions.h"
#include "metric/panoptic.h"
#include "report/metric_markdown.h"

namespace seg {

class LesionTable {
 public:
  // classes: names by class index. regions: of the evaluation, for `panoptic`; the other rules have
  // their own (tissues.h). Throws Error(config) as tissue_regions does.
  LesionTable(LesionRule rule, const std::vector<std::string>& classes,
              const std::vector<Region>& regions);

  void add(const std::string& id, const LabelPair& pair);

  // lesions.csv: a line per reference lesion, false positive and deleted lesion, by its first voxel
  // i, j, k in the file; of panoptic nothing.
  std::string lesions_csv() const;
  // lesion-regions.csv: a line per case and region, the columns named as the challenge's scripts
  // have them; of panoptic RQ, SQ, PQ.
  std::string regions_csv() const;
  // Means over the cases, those without a lesion on either side included, as the challenges have
  // it, and counted (panoptic: left out).
  SummaryRows summary() const;

  bool panoptic() const { return rule_ == LesionRule::panoptic; }
  std::string title() const;  // "Lesion by lesion (brats2023)"

 private:
  struct CaseLesions {
    std::string id;
    std::vector<RegionLesions> lesions;
    std::vector<PanopticQuality> panoptic;
  };
  std::string challenge_regions_csv() const;
  std::string panoptic_csv() const;
  SummaryRows challenge_summary() const;
  SummaryRows panoptic_summary() const;

  LesionRule rule_;
  std::vector<Region> regions_;
  std::vector<CaseLesions> cases_;
};

}  // namespace seg
