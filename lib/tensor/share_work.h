#pragma once
// Work on tensors shared out over Torch's threads as they come free.
#include <cstdint>
#include <functional>

namespace seg {

// Calls work(i) once for each i = 0 .. count - 1, on up to at::get_num_threads() threads; who is
// done with one takes the next. A thread whose processor another program uses does less, and the
// others do not wait for it longer than one call takes. Called from within such work: on the
// calling thread alone. The first exception reaches the caller, after the calls under way.
void share_work(std::int64_t count, const std::function<void(std::int64_t)>& work);

}  // namespace seg
