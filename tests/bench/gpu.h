#pragma once
// What segbench asks of a GPU. Of a build without CUDA each throws Error(failure).
#include <functional>
#include <vector>

namespace seg::bench {

// Seconds of each of `calls` calls, between events on the current stream. Nothing is waited for in
// between, so launching runs ahead of the GPU as in training.
std::vector<double> seconds_by_events(const std::function<void()>& work, int calls);

// Device memory that tensors took at most since the last reset, those that lived then included.
void reset_peak_device_memory();
double peak_device_mib();

}  // namespace seg::bench
