#pragma once
#include "report/history.h"
namespace seg {
struct BoxPlotRow { std::string name; std::vector<double> values; };
std::string box_plot_svg(const std::vector<BoxPlotRow>& rows, const std::string& axis);
std::string curve_svg(const std::vector<EpochRecord>& history);
}
