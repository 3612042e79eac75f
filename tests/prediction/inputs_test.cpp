#include "prediction/inputs.h"

#include "core/files.h"
#include "core/log.h"
#include "data/layouts.h"
#include "support/errors.h"

namespace seg {
namespace {

namespace fs = std::filesystem;

// A network of these channels; numbers: 0, 1, ... where none are given.
TrainedModel model_of(const std::vector<std::string>& channels, std::vector<int> numbers = {},
                      const std::vector<std::string>& keys = {}) {
  TrainedModel model{{}, config_from(keys), {channels, numbers, label_map({{"1", "liver"}})}, 1};
  for (int k = static_cast<int>(numbers.size()); k < static_cast<int>(channels.size()); ++k)
    model.task.numbers.push_back(k);
  return model;
}

const TrainedModel& one_channel() {
  static const TrainedModel model = model_of({"CT"});
  return model;
}

const TrainedModel& two_channels() {
  static const TrainedModel model = model_of({"T1", "FLAIR"}, {0, 3});
  return model;
}

TrainedModel brats(const std::vector<std::string>& channels = {"flair", "t1"}) {
  return model_of(channels, {}, {"data.layout=case_folders"});
}

// A folder of empty files.
struct Place {
  explicit Place(const std::vector<std::string>& names) {
    for (const std::string& name : names) add(name);
  }
  void add(const std::string& name, const std::string& text = "") const {
    const fs::path file = folder.path / name;
    fs::create_directories(file.parent_path());
    write_file(file, text);
  }

  // "ID: file file; ID: ...", then "bad ID: reason", the place written as ROOT.
  std::string find(const TrainedModel& model, const std::string& name = "") const {
    return text_of(find_inputs(name.empty() ? folder.path : folder.path / name, model));
  }
  std::string text_of(const Inputs& inputs) const {
    std::string text;
    for (const Case& c : inputs.cases) {
      CHECK(c.label.empty());
      text += (text.empty() ? "" : "; ") + c.id + ":";
      for (const fs::path& file : c.channels)
        text += " " + fs::relative(file, folder.path).string();
    }
    for (const BadCase& bad : inputs.bad)
      text += (text.empty() ? "" : "; ") + ("bad " + bad.id + ": ") + bad.reason;
    for (auto at = text.find(folder.path); at != std::string::npos; at = text.find(folder.path))
      text.replace(at, folder.path.string().size(), "ROOT");
    return text;
  }
  std::string refusal(const TrainedModel& model, const std::string& name = "") const {
    return test::error_of([&] { find_inputs(folder.path / name, model); }, ErrorKind::data,
                          folder.path);
  }
  // What is told on the way.
  std::string log(const TrainedModel& model, const std::string& name = "") const {
    const test::TemporaryFolder place;
    log::to_file(place.path / "log.txt");
    find_inputs(folder.path / name, model);
    log::close_file();
    return read_file(place.path / "log.txt");
  }

  test::TemporaryFolder folder;
};

bool tells(const std::string& text, const std::string& part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("one volume is one case", "[prediction]") {
  const Place place({"a.nii.gz", "b_0000.nii", "c_0001.nrrd", "-d [1] ü.mha", "_0000.nii.gz"});
  CHECK(place.find(one_channel(), "a.nii.gz") == "a: a.nii.gz");
  CHECK(place.find(one_channel(), "b_0000.nii") == "b: b_0000.nii");
  CHECK(place.find(one_channel(), "c_0001.nrrd") == "c_0001: c_0001.nrrd");
  CHECK(place.find(one_channel(), "-d [1] ü.mha") == "-d [1] ü: -d [1] ü.mha");
  CHECK(place.find(one_channel(), "_0000.nii.gz") == "_0000: _0000.nii.gz");
  CHECK(place.find(model_of({"ADC"}, {1}), "c_0001.nrrd") == "c: c_0001.nrrd");
  CHECK(place.find(model_of({"ADC"}, {1}), "b_0000.nii") == "b_0000: b_0000.nii");
}

TEST_CASE("a volume of several channels finds its siblings by their numbers", "[prediction]") {
  const Place place({"p 1_0000.nii.gz", "p 1_0003.nii", "p 1_0001.nii.gz", "q_0003.nii.gz",
                     "p 10_0000.nii.gz", "lone.nii.gz"});
  const std::string whole = "p 1: p 1_0000.nii.gz p 1_0003.nii";
  for (const char* name : {"p 1_0000.nii.gz", "p 1_0003.nii", "p 1_0001.nii.gz"})
    CHECK(place.find(two_channels(), name) == whole);
  CHECK(place.find(two_channels(), "q_0003.nii.gz") == "bad q: has no file q_0000 (channel 'T1')");
  CHECK(place.refusal(two_channels(), "lone.nii.gz") ==
        "ROOT/lone.nii.gz: is one volume, and the network needs one for each of T1, FLAIR; name "
        "the case's first file of NAME_0000 (T1), NAME_0003 (FLAIR), its folder, or a table "
        "(LIST.csv)");
  place.add("p 1_0003.nrrd");
  CHECK(place.find(two_channels(), "p 1_0003.nrrd") == "p 1: p 1_0000.nii.gz p 1_0003.nrrd");
  CHECK(place.find(two_channels(), "p 1_0000.nii.gz") ==
        "bad p 1: p 1_0003.nrrd is channel 'FLAIR' as p 1_0003.nii is; remove one of them");
}

TEST_CASE("a file without a folder in its name finds its siblings", "[prediction]") {
  const Place place({"-p_0000.nii.gz", "-p_0003.nii.gz"});
  const fs::path before = fs::current_path();
  fs::current_path(place.folder.path);
  const Inputs inputs = find_inputs("-p_0003.nii.gz", two_channels());
  fs::current_path(before);
  REQUIRE(inputs.cases.size() == 1);
  CHECK(inputs.cases[0].id == "-p");
  CHECK(inputs.cases[0].channels == std::vector<fs::path>{"./-p_0000.nii.gz", "./-p_0003.nii.gz"});
}

TEST_CASE("a flat folder of one channel", "[prediction]") {
  const Place place({"b.nii.gz", "-a.nii", "c_0000.nrrd", "amos_0001.nii.gz", "amos_0002.nii.gz",
                     "ü [x] {y}.mha", ".hidden.nii.gz", "notes.txt", "b.json", "raw.raw",
                     "labels/b.nii.gz", "folder.nii.gz/inside.txt"});
  CHECK(place.find(one_channel()) ==
        "-a: -a.nii; amos_0001: amos_0001.nii.gz; amos_0002: amos_0002.nii.gz; b: b.nii.gz; "
        "c: c_0000.nrrd; ü [x] {y}: ü [x] {y}.mha");
  CHECK_FALSE(tells(place.log(one_channel()), "not used"));
}

TEST_CASE("another channel's file is no case, which is told", "[prediction]") {
  const Place place({"p_0000.nii.gz", "p_0001.nii.gz", "p_0002.nii.gz", "q_0001.nii.gz"});
  CHECK(place.find(one_channel()) == "p: p_0000.nii.gz; q_0001: q_0001.nii.gz");
  CHECK(tells(place.log(one_channel()),
              "2 volumes are not called as a channel of the network, not used: p_0001.nii.gz, "
              "p_0002.nii.gz"));
}

TEST_CASE("an image that is not read for its ending is told of", "[prediction]") {
  const Place place({"a.nii.gz", "B.NII.GZ", "c.img", "c.hdr", "d.dcm", "notes.txt"});
  CHECK(place.find(one_channel()) == "a: a.nii.gz");
  CHECK(tells(place.log(one_channel()),
              "4 files are of a format that is not read, not used: B.NII.GZ, c.hdr, c.img, d.dcm; "
              "convert or rename them"));
}

TEST_CASE("a label beside its image is no case", "[prediction]") {
  const Place place({"p.nii.gz", "p_seg.nii.gz", "q_0000.nii.gz", "q-seg.nii", "r_seg.nii.gz"});
  CHECK(place.find(one_channel()) == "p: p.nii.gz; q: q_0000.nii.gz; r_seg: r_seg.nii.gz");
}

TEST_CASE("two files of one case's channel make it bad, and the others good", "[prediction]") {
  const Place place({"a.nii.gz", "a_0000.nii.gz", "b.nii", "b.nii.gz", "c.nii"});
  CHECK(place.find(one_channel()) ==
        "c: c.nii; bad a: a_0000.nii.gz is channel 'CT' as a.nii.gz is; remove one of them; "
        "bad b: b.nii.gz is channel 'CT' as b.nii is; remove one of them");
}

TEST_CASE("a flat folder of several channels by their numbers", "[prediction]") {
  const Place place({"p 2_0000.nii.gz", "p 2_0003.nii.gz", "p 2_0001.nii.gz", "-x_0000.nii",
                     "-x_0003.nii.gz", "short_0003.nii.gz", "other.nii.gz", ".y_0000.nii.gz"});
  CHECK(place.find(two_channels()) ==
        "-x: -x_0000.nii -x_0003.nii.gz; p 2: p 2_0000.nii.gz p 2_0003.nii.gz; "
        "bad short: has no file short_0000 (channel 'T1')");
  CHECK(tells(place.log(two_channels()), "2 volumes are not called as a channel of the network"));
  CHECK(place.find(model_of({"noNorm", "noNorm"}, {3, 0})) ==
        "-x: -x_0003.nii.gz -x_0000.nii; p 2: p 2_0003.nii.gz p 2_0000.nii.gz; "
        "bad short: has no file short_0000 (channel 'noNorm')");
}

TEST_CASE("a folder of BraTS's case folders", "[prediction]") {
  const Place place({"B 1/B 1_flair.nii.gz", "B 1/B 1_t1.nii.gz", "B 1/B 1_t1ce.nii.gz",
                     "B 1/B 1_t2.nii.gz", "B 1/B 1_seg.nii.gz", "B2/B2-t2f.nii", "B2/B2-t1n.nii",
                     "B3/B3_flair.nii.gz", "B4/other_t1.nii.gz", "B5/B5_t1.nii.gz",
                     "B5/B5_flair.nii.gz", "B5/B5-t1n.nii.gz", ".git/x_t1.nii.gz",
                     "segmented/B 1.nii.gz", "segmented/B2.nii.gz", "readme.txt"});
  CHECK(place.find(brats()) ==
        "B 1: B 1/B 1_flair.nii.gz B 1/B 1_t1.nii.gz; B2: B2/B2-t2f.nii B2/B2-t1n.nii; "
        "bad B3: has no file for channel 't1'; "
        "bad B4: has no file for channel 'flair'; has no file for channel 't1'; "
        "bad B5: B5-t1n.nii.gz is channel 't1' as B5_t1.nii.gz is; remove one of them");
  CHECK(tells(place.log(brats()),
              "1 folder without an image of a channel, taken for no case: segmented"));
  CHECK(place.find(brats({"t1"})).starts_with("B 1: B 1/B 1_t1.nii.gz; B2: B2/B2-t1n.nii"));
}

TEST_CASE("one patient's folder, under its own name or another", "[prediction]") {
  const Place place({"P/P_flair.nii.gz", "P/P_t1.nii.gz", "P/P_seg.nii.gz", "copy of P/P-t1n.nii",
                     "copy of P/P-t2f.nii", "flat/a_t1.nii.gz", "flat/a_flair.nii.gz",
                     "flat/b_t1.nii.gz", "flat/b_flair.nii.gz", "flat/c_t1.nii.gz"});
  CHECK(place.find(brats(), "P") == "P: P/P_flair.nii.gz P/P_t1.nii.gz");
  CHECK_FALSE(tells(place.log(brats(), "P"), "not used"));
  CHECK(place.find(brats(), "copy of P") == "P: copy of P/P-t2f.nii copy of P/P-t1n.nii");
  CHECK(place.find(brats(), "flat") ==
        "a: flat/a_flair.nii.gz flat/a_t1.nii.gz; b: flat/b_flair.nii.gz flat/b_t1.nii.gz; "
        "bad c: has no file for channel 'flair'");
  CHECK(place.find(brats(), "P/P_t1.nii.gz") == "P: P/P_flair.nii.gz P/P_t1.nii.gz");
  CHECK(place.find(brats({"t1"}), "P") == "P: P/P_t1.nii.gz");
  CHECK(place.find(brats({"t1"}), "P/P_t1.nii.gz") == "P: P/P_t1.nii.gz");
  CHECK(tells(place.log(brats({"t1"}), "P"), "1 volume is not called as a channel"));
}

TEST_CASE("endings that the configuration names", "[prediction]") {
  const Place place({"P/P.T1 (gd).nii.gz", "P/P_FL.nii.gz", "P/P_FL.json", "Q/Q_FL.nii"});
  const TrainedModel model =
      model_of({"T1", "FLAIR"}, {},
               {"data.layout=case_folders", "data.channels={FLAIR: _FL, T1: .T1 (gd).nii.gz}"});
  CHECK(place.find(model) ==
        "P: P/P.T1 (gd).nii.gz P/P_FL.nii.gz; bad Q: has no file for channel 'T1'");
}

TEST_CASE("the root of a data set stands for its test images", "[prediction]") {
  const Place place(
      {"imagesTr/a_0000.nii.gz", "imagesTs/b_0000.nii.gz", "labelsTr/a.nii.gz", "dataset.json"});
  CHECK(place.find(one_channel()) == "b: imagesTs/b_0000.nii.gz");
  CHECK(tells(place.log(one_channel()), "its imagesTs is taken"));
  fs::remove(place.folder.path / "imagesTs/b_0000.nii.gz");
  CHECK(place.find(one_channel()) == "a: imagesTr/a_0000.nii.gz");
  CHECK(tells(place.log(one_channel()), "its imagesTr is taken, which may have trained"));
}

TEST_CASE("a table of cases to predict", "[prediction]") {
  const Place place({"in/one [t1].nii.gz", "in/one,fl.nii.gz", "far/two.mha"});
  const std::string far = (place.folder.path / "far/two.mha").string();
  place.add("LIST.CSV",
            "\xEF\xBB\xBF"
            "FLAIR,id,T1,label,split,note\r\n"
            "\"in/one,fl.nii.gz\",-1 ü,in/one [t1].nii.gz,nowhere.nii.gz,nonsense,x\r\n" +
                far + ",two," + far + ",,,\r\n" + far + ",\"th,ree\",,,,\r\n" +
                "in/none.nii.gz,four,in,,,\r\n");
  CHECK(place.find(two_channels(), "LIST.CSV") ==
        "-1 ü: in/one [t1].nii.gz in/one,fl.nii.gz; two: far/two.mha far/two.mha; "
        "bad four: ROOT/in does not exist; ROOT/in/none.nii.gz does not exist; "
        "bad th,ree: has no file in column 'T1'");
  const auto refusal = [&](const std::string& text, const TrainedModel& model) {
    place.add("list.csv", text);
    return place.refusal(model, "list.csv");
  };
  CHECK(tells(refusal("id,T1\na,x\n", two_channels()), "list.csv: has no column 'FLAIR'; add it"));
  CHECK(tells(refusal("T1,FLAIR\na,x\n", two_channels()), "list.csv: has no column 'id'"));
  CHECK(tells(refusal("id,CT\na,x\nb,x\na,y\n", one_channel()), "the case a is there twice"));
  for (const char* id : {"../a", "a/b", ".a", "..", "/a"})
    CHECK(tells(refusal("id,CT\n" + std::string(id) + ",x\n", one_channel()),
                "holds a '/' or begins with a dot"));
  CHECK(tells(refusal("id,CT\n,x\n", one_channel()), "list.csv:2: the id is empty"));
  CHECK(tells(refusal("id,CT\na\n", one_channel()), "list.csv:2: has 1 values"));
  CHECK(tells(refusal("id,CT\n\xff,x\n", one_channel()), "is not UTF-8"));
  CHECK(tells(refusal("id,CT\n", one_channel()), "list.csv: holds no case"));
  CHECK(tells(refusal("", one_channel()), "list.csv: has no column 'id'"));
  CHECK(tells(refusal("id,noNorm\na,x\n", model_of({"noNorm", "noNorm"})),
              "cannot tell channels of one name apart"));
}

TEST_CASE("inputs that are missing, or hold no case, are refused in one sentence", "[prediction]") {
  const Place place(
      {"text.txt", "empty/notes.txt", "one/a.nii.gz", "deep/er/a.nii.gz", ".hidden.nii.gz"});
  CHECK(place.refusal(one_channel(), "none") == "ROOT/none: does not exist; correct the path");
  for (const char* name : {"text.txt", ".hidden.nii.gz"})
    CHECK(place.refusal(one_channel(), name) ==
          "ROOT/" + std::string(name) +
              ": is neither a volume (.nii.gz, .nii, .nrrd, .nhdr, .mha, .mhd), nor a folder, nor "
              "a table (.csv); name one of them");
  for (const char* name : {"empty", "deep"})
    CHECK(place.refusal(one_channel(), name) ==
          "ROOT/" + std::string(name) +
              ": holds no case; the network takes NAME.nii.gz, a folder for each case, or a table "
              "(.csv)");
  CHECK(place.refusal(two_channels(), "one") ==
        "ROOT/one: holds no case; the network takes NAME_0000 (T1), NAME_0003 (FLAIR), a folder "
        "for each case, or a table (.csv)");
  CHECK(tells(place.refusal(brats(), "one"), "the network takes NAME_flair, NAME_t1, a folder"));
}

TEST_CASE("an id that is not UTF-8 is refused", "[prediction]") {
  const Place place({"a\xff.nii.gz", "b.nii.gz"});
  CHECK(tells(place.refusal(one_channel()), "is not UTF-8; rename its files"));
}

TEST_CASE("parts are disjoint and together all", "[prediction]") {
  Inputs inputs;
  for (int i = 0; i < 23; ++i) {
    const std::string id = fmt::format("case {:02}", i);
    if (i % 4 == 1)
      inputs.bad.push_back({id, "why"});
    else
      inputs.cases.push_back({id, {}, {}});
  }
  for (const int n : {1, 2, 3, 7, 23, 40}) {
    std::vector<std::string> cases, bad;
    std::size_t least = 23, most = 0;
    for (int i = 1; i <= n; ++i) {
      const Inputs part = part_of(inputs, fmt::format("{}/{}", i, n));
      for (const Case& c : part.cases) cases.push_back(c.id);
      for (const BadCase& b : part.bad) {
        bad.push_back(b.id);
        CHECK(b.reason == "why");
      }
      least = std::min(least, part.cases.size() + part.bad.size());
      most = std::max(most, part.cases.size() + part.bad.size());
    }
    CHECK(most - least <= 1);
    std::sort(cases.begin(), cases.end());
    std::sort(bad.begin(), bad.end());
    REQUIRE(cases.size() == inputs.cases.size());
    REQUIRE(bad.size() == inputs.bad.size());
    for (std::size_t k = 0; k < cases.size(); ++k) CHECK(cases[k] == inputs.cases[k].id);
    for (std::size_t k = 0; k < bad.size(); ++k) CHECK(bad[k] == inputs.bad[k].id);
  }
  const Inputs second = part_of(inputs, "2/10");
  REQUIRE(second.bad.size() == 2);
  CHECK(second.bad[0].id == "case 01");
  CHECK(second.bad[1].id == "case 21");
  REQUIRE(second.cases.size() == 1);
  CHECK(second.cases[0].id == "case 11");
}

TEST_CASE("a part that is none is refused", "[prediction]") {
  for (const char* part : {"", "1", "/", "1/", "/2", "0/2", "3/2", "-1/2", "1/-2", "1/2/3", " 1/2",
                           "1/2 ", "+1/2", "1.0/2", "a/b", "1/99999999999999999999"})
    CHECK(test::error_of([&] { part_of({}, part); }, ErrorKind::config) ==
          "--part " + std::string(part) + ": must be I/N, with I from 1 to N, e.g. 2/3");
}

}  // namespace seg
