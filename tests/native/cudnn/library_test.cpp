// Finding cuDNN, and what is said when there is none, another one or a broken one.
#include <unistd.h>

#include <filesystem>

#include "cudnn/fixture.hpp"

using namespace testing_support;
using convnet::cudnn::find_library;
using convnet::cudnn::Search;

namespace {

std::string folder_of(const char* path) { return std::filesystem::path(path).parent_path().string(); }

void expect_parts(const std::string& message, const std::vector<std::string>& parts) {
    for (const std::string& part : parts) {
        EXPECT_NE(message.find(part), std::string::npos) << "no \"" << part << "\" in: " << message;
    }
}

void expect_none(const Search& found, const std::vector<std::string>& parts) {
    EXPECT_EQ(found.library, nullptr);
    expect_parts(found.why, parts);
}

TEST(CudnnLibrary, IsFoundByItsPath) {
    const Search found = find_library(FAKE_CUDNN);
    ASSERT_NE(found.library, nullptr) << found.why;
    EXPECT_EQ(found.version, 90100u);
    EXPECT_EQ(found.path, FAKE_CUDNN);
    EXPECT_EQ(found.why, "");
    EXPECT_EQ(found.library->name(), "cuDNN 9.1.0");
}

TEST(CudnnLibrary, IsFoundInItsFolder) {
    const Search found = find_library(folder_of(FAKE_CUDNN));
    ASSERT_NE(found.library, nullptr) << found.why;
    EXPECT_EQ(found.path, FAKE_CUDNN);
}

TEST(CudnnLibrary, IsMissingWhereTheVariableSays) {
    const Search found = find_library("/nowhere/libcudnn.so.9");
    expect_none(found,
                {"cuDNN 9 could not be loaded from /nowhere/libcudnn.so.9", "CONVNET_CUDNN", "correct", "unset"});
    EXPECT_EQ(found.version, 0u);
    EXPECT_EQ(found.path, "");
}

TEST(CudnnLibrary, IsMissingInAFolder) {
    expect_none(find_library(CUDNN_TEST_FOLDER), {"could not be loaded from " CUDNN_TEST_FOLDER, "CONVNET_CUDNN"});
}

// What the machine has is not known; whatever it is, the answer is a library of version 9 or says what to do.
TEST(CudnnLibrary, IsLookedForWhereTheSystemDoes) {
    const Search found = find_library("");
    if (found.library == nullptr) {
        expect_none(found, {"install cuDNN 9", "CONVNET_CUDNN"});
    } else {
        EXPECT_EQ(found.version / 10000, 9u);
    }
}

TEST(CudnnLibrary, OfAnOlderMajorVersionIsRefused) {
    const Search found = find_library(folder_of(FAKE_CUDNN_8));
    expect_none(found, {"cuDNN 8.9.7 was found, but ConvNet needs version 9", FAKE_CUDNN_8, "install cuDNN 9"});
    EXPECT_EQ(found.version, 8907u);
    EXPECT_EQ(found.path, FAKE_CUDNN_8);
}

TEST(CudnnLibrary, OfANewerMajorVersionIsRefused) {
    const Search found = find_library(FAKE_CUDNN_10);
    expect_none(found, {"cuDNN 10.0.0 was found, but ConvNet needs version 9", FAKE_CUDNN_10});
    EXPECT_EQ(found.version, 100000u);
}

// A folder with links to libraries, gone with this object. No two may have a name in common: the loader of Linux
// remembers names, and what it found under them.
class Folder {
public:
    Folder(const char* name, const std::vector<std::pair<const char*, const char*>>& links)
        : path_(testing::TempDir() + "convnet_" + name + std::to_string(getpid())) {
        std::filesystem::create_directories(path_);
        for (const auto& [link, target] : links) {
            std::filesystem::create_symlink(target, path_ / link);
        }
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { std::filesystem::remove_all(path_); }

    std::string path() const { return path_.string(); }

private:
    const std::filesystem::path path_;
};

TEST(CudnnLibrary, IsTakenBesideOthersThatCannotBe) {
    const Folder folder("beside", {{"libcudnn.so.9", FAKE_CUDNN_INCOMPLETE}, {"libcudnn.so", FAKE_CUDNN}});
    const Search found = find_library(folder.path());
    EXPECT_NE(found.library, nullptr) << found.why;
}

TEST(CudnnLibrary, ThatIsNearestToTheWantedOneIsSpokenOf) {
    const Folder folder("nearest", {{"libcudnn.so.8", FAKE_CUDNN_8}, {"libcudnn.so.9", FAKE_CUDNN_INCOMPLETE}});
    expect_none(find_library(folder.path()), {"libcudnn.so.9 has no function"});
}

TEST(CudnnLibrary, WithoutAFunctionIsRefused) {
    const Search found = find_library(FAKE_CUDNN_INCOMPLETE);
    expect_none(found, {FAKE_CUDNN_INCOMPLETE, "no function cudnnConvolutionBiasActivationForward", "reinstall"});
    EXPECT_EQ(found.version, 90100u);
}

TEST(CudnnLibrary, MayLackTheGraphApi) {
    const Search found = find_library(FAKE_CUDNN_GRAPHLESS);
    ASSERT_NE(found.library, nullptr) << found.why;
    EXPECT_EQ(found.library->graph(), nullptr);
    EXPECT_NE(find_library(FAKE_CUDNN).library->graph(), nullptr);
}

TEST(CudnnLibrary, ThatIsAnotherLibraryIsRefused) {
    const Search found = find_library(ANOTHER_LIBRARY);
    expect_none(found, {ANOTHER_LIBRARY, "no function cudnnGetVersion"});
    EXPECT_EQ(found.version, 0u);
}

TEST_F(CudnnTest, SaysThatItsLibrariesAreOfDifferentReleases) {
    answer("cudnnCreate", api::Status::sublibrary_version_mismatch);
    expect_parts(engine.reason_against(problem_2d(), limits()),
                 {"cuDNN 9.1.0", "CUDNN_STATUS_SUBLIBRARY_VERSION_MISMATCH (1002)", "another release", "one folder"});
}

TEST_F(CudnnTest, SaysThatItsLibrariesAreMissing) {
    answer("cudnnCreate", api::Status::sublibrary_loading_failed);
    expect_parts(engine.reason_against(problem_2d(), limits()),
                 {"CUDNN_STATUS_SUBLIBRARY_LOADING_FAILED (1008)", "libcudnn_graph", "install cuDNN whole"});
}

TEST_F(CudnnTest, SaysThatTheDriverIsTooOld) {
    answer("cudnnCreate", api::Status::not_initialized);
    expect_parts(engine.reason_against(problem_2d(), limits()),
                 {"CUDNN_STATUS_NOT_INITIALIZED (1001)", "driver", "update it"});
}

TEST_F(CudnnTest, SaysWhatCudnnHasNoted) {
    answer("cudnnCreate", api::Status::device_allocation_failed);
    fake.last_error = "cudaMalloc of 4 bytes failed";
    expect_error([&] { plan(); }, Status::out_of_memory, "", {"cudaMalloc of 4 bytes failed", "free blobs"});
}

}  // namespace
