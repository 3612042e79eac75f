// The kernels behind labels on another grid, of each instruction set.
#include "inference/label_kernel.h"

#include "support/catch.h"
#include "support/faster.h"

#include <torch/torch.h>

#include <limits>

using namespace seg;

namespace {

constexpr std::int64_t kWidth = 53;

// Four rows of scores with blobs of winners, and their winners.
struct FourRows {
  torch::Tensor scores, winners;
  FourRows(std::int64_t classes, torch::ScalarType type) {
    torch::manual_seed(static_cast<std::uint64_t>(classes));
    scores = torch::upsample_linear1d(torch::randn({4, classes, 9}), {kWidth}, false)
                 .transpose(1, 2)
                 .contiguous()
                 .to(type);
    winners = scores.to(torch::kFloat32).argmax(2).to(torch::kUInt8);
  }
  FloatType type() const {
    return scores.scalar_type() == torch::kFloat32 ? FloatType::float32 : FloatType::float16;
  }
  RowsAround around() const {
    RowsAround rows{type(), kWidth, scores.size(2), {}, {}, 0.375F, 0.8125F};
    for (std::int64_t k = 0; k < 4; ++k) {
      rows.scores[static_cast<std::size_t>(k)] = scores[k].const_data_ptr();
      rows.winners[static_cast<std::size_t>(k)] = winners[k].const_data_ptr<std::uint8_t>();
    }
    return rows;
  }
};

AxisTaps finer(double step) {
  std::vector<double> at;
  for (double p = -0.4; p < static_cast<double>(kWidth); p += step) at.push_back(p);
  return linear_taps(at, kWidth);
}

}  // namespace

TEST_CASE("every set of kernels finds the winners, the labels and the scores", "[inference]") {
  const AxisTaps x = finer(0.43);
  for (const auto& set : all_label_kernels())
    for (const auto type : {torch::kFloat32, torch::kFloat16})
      for (const std::int64_t classes : {1, 2, 3, 4, 5, 8, 15, 16, 17, 31, 32, 33, 105, 256}) {
        INFO(set.name << ", " << toString(type) << ", " << classes << " classes");
        const FourRows rows(classes, type);
        for (std::int64_t k = 0; k < 4; ++k) {
          torch::Tensor winners = torch::empty({kWidth}, torch::kUInt8);
          // A copy whose end is the memory's end.
          const torch::Tensor row = rows.scores[k].clone();
          CHECK(set.kernels.winners(row.const_data_ptr(), rows.type(), kWidth, classes,
                                    winners.data_ptr<std::uint8_t>()));
          CHECK(torch::equal(winners, rows.winners[k]));
        }
        torch::Tensor scores = torch::full({x.out + 1, classes}, 7.F);
        set.kernels.scores(rows.around(), x, scores.data_ptr<float>());
        CHECK(scores[x.out].eq(7).all().item<bool>());
        torch::Tensor labels = torch::full({x.out + 1}, 99, torch::kUInt8),
                      common = torch::empty({kWidth}, torch::kUInt8);
        set.kernels.labels(rows.around(), x, common.data_ptr<std::uint8_t>(),
                           labels.data_ptr<std::uint8_t>());
        const auto all = rows.scores.to(torch::kDouble);
        const auto column = torch::lerp(torch::lerp(all[0], all[2], 0.375),
                                        torch::lerp(all[1], all[3], 0.375), 0.8125);
        for (std::int64_t i = 0; i < x.out; ++i) {
          const auto tap = static_cast<std::size_t>(2 * i);
          const auto want =
              torch::lerp(column[x.index[tap]], column[x.index[tap + 1]], x.weight[tap + 1]);
          CHECK((scores[i] - want).abs().max().item<double>() < 2e-6);
          const auto label = labels[i].item<std::int64_t>();
          CHECK((want.max() - want[label]).item<double>() < 2e-6);
        }
        CHECK(labels[x.out].item<std::int64_t>() == 99);
      }
}

TEST_CASE("every set of kernels tells scores that are no finite numbers", "[inference]") {
  for (const auto& set : all_label_kernels())
    for (const auto type : {torch::kFloat32, torch::kFloat16})
      for (const std::int64_t classes : {1, 5, 16, 40})
        for (const double bad :
             {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
              -std::numeric_limits<double>::infinity()})
          for (const std::int64_t at : {std::int64_t{0}, kWidth / 2, kWidth - 1}) {
            INFO(set.name << ", " << toString(type) << ", " << classes << " classes, " << bad);
            const FourRows rows(classes, type);
            const torch::Tensor row = rows.scores[0].clone();
            row[at][classes / 2] = bad;
            torch::Tensor winners = torch::empty({kWidth}, torch::kUInt8);
            CHECK_FALSE(set.kernels.winners(row.const_data_ptr(), rows.type(), kWidth, classes,
                                            winners.data_ptr<std::uint8_t>()));
          }
}

TEST_CASE("the kernels that find labels are faster with every greater instruction set",
          "[inference][.speed]") {
  const auto& sets = all_label_kernels();
  SEG_SETS(sets);
  const FourRows rows(32, torch::kFloat16);
  const AxisTaps x = finer(0.2);
  torch::Tensor labels = torch::empty({x.out}, torch::kUInt8),
                common = torch::empty({kWidth}, torch::kUInt8);
  test::check_faster("winners", sets, 1.3, [&](const auto& k) {
    k.winners(rows.scores.const_data_ptr(), rows.type(), 4 * kWidth, 32,
              labels.data_ptr<std::uint8_t>());
  });
  test::check_faster("labels", sets, 1.3, [&](const auto& k) {
    k.labels(rows.around(), x, common.data_ptr<std::uint8_t>(), labels.data_ptr<std::uint8_t>());
  });
}
