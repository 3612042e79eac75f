#pragma once
// The report of an evaluation: what report/report.h lays out.
#include "evaluation/evaluation_files.h"
#include "report/report.h"

namespace seg {

Report evaluation_report(const MetricTable& table, const Gallery& gallery,
                         const Background& background);

}  // namespace seg
