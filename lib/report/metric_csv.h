#pragma once
// The tables of an evaluation for other programs.
#include "report/metric_table.h"

#include <string>

namespace seg {

// The metric's column: dsc, hd95_mm, nsd_1mm.
std::string column_name(const Metric& metric);

// dsc.csv, a line per case and region: what was evaluated (dataset, network, loss, seed, part,
// space, step), case, region, each metric, volumes in ml, voxels of intersection, prediction and
// truth. An absent value is empty, an infinite one `inf`.
std::string case_csv(const MetricTable& table);

// summary.csv, a line per region and metric: what was evaluated, region, metric, mean, std (of a
// sample), median, the bootstrap's 95 % interval of the mean, lowest, highest, and how many cases
// are finite, infinite and absent.
std::string summary_csv(const MetricTable& table);

// long.csv, a line per case, class and metric with its value, absent ones NA: what challengeR
// reads (with the algorithm's name in a column `algorithm`).
std::string long_csv(const MetricTable& table, const std::string& algorithm);

// nnU-Net's summary.json: metric_per_case, mean and foreground_mean with its keys (Dice, IoU, TP,
// FP, FN, TN, n_pred, n_ref); our other metrics stand beside them, and in means how many of them
// are infinite, as hd95_infinite. A region's key is the value of its class in the files, or a list
// "(1, 2)" as there, with its name where another has the same. NaN as there, and left out of all
// means (foreground_mean there is NaN where a class is absent from all cases); an infinite value is
// Infinity. file_values: per class index.
std::string nnunet_summary(const MetricTable& table, const std::vector<int>& file_values);

}  // namespace seg
