// SPDX-License-Identifier: MIT
// What cannot be seen from the command line: that a refusal comes before the work, and what is left
// after a failure.
#include "tools/support/output.hpp"

#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "tests/unit/own_folder.hpp"
#include "tools/support/state.hpp"

namespace tools {
namespace {

namespace fs = std::filesystem;

class Outputs : public testing::Test {
protected:
    static std::string contents(const fs::path& file) {
        std::ifstream in{file};
        return {std::istreambuf_iterator<char>{in}, {}};
    }
    [[nodiscard]] std::size_t files() const {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator{folder}, fs::directory_iterator{}));
    }
    OwnFolder own;
    fs::path folder = own.path();
};

TEST_F(Outputs, nothing_is_made_before_it_is_written) {
    const auto output = Output::to((folder / "file").string());
    ASSERT_TRUE(output);
    EXPECT_EQ(files(), 0u);
    EXPECT_TRUE(output->write("text"));
    EXPECT_EQ(contents(folder / "file"), "text");
    EXPECT_EQ(files(), 1u);
}

TEST_F(Outputs, a_file_that_came_meanwhile_keeps_its_mode) {
    const auto output = Output::to((folder / "file").string());
    std::ofstream{folder / "file"} << "other";
    fs::permissions(folder / "file", fs::perms::owner_read | fs::perms::owner_write);
    EXPECT_TRUE(output->write("text"));
    struct stat status {};
    ASSERT_EQ(::stat((folder / "file").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(Outputs, a_folder_that_went_meanwhile_is_a_problem_and_no_crash) {
    fs::create_directory(folder / "there");
    const auto output = Output::to((folder / "there/file").string());
    fs::remove(folder / "there");
    EXPECT_FALSE(output->write("text"));
}

TEST_F(Outputs, a_link_that_is_written_twice_stays_a_link) {
    fs::create_symlink("target", folder / "link");
    const auto output = Output::to((folder / "link").string());
    for (const char* text : {"one", "two"}) {
        EXPECT_TRUE(output->write(std::string_view{text}));
        EXPECT_EQ(contents(folder / "target"), text);
    }
    EXPECT_TRUE(fs::is_symlink(folder / "link"));
    EXPECT_EQ(files(), 2u);
}

TEST_F(Outputs, stdout_goes_to_one) {
    const auto out = Output::to("-"), file = Output::to((folder / "file").string());
    ASSERT_TRUE(out && file);
    EXPECT_TRUE(out->is_stdout());
    EXPECT_FALSE(file->is_stdout());
    EXPECT_EQ(*share_stdout({&*out, nullptr, &*file}), true);
    EXPECT_EQ(*share_stdout({&*file}), false);
    EXPECT_FALSE(share_stdout({&*out, &*out}));
}

/// An environment variable for as long as a test.
class Variable {
public:
    Variable(const char* name, const char* value) : name_{name} {
        if (const char* before = std::getenv(name)) before_ = before;
        value != nullptr ? ::setenv(name, value, 1) : ::unsetenv(name);
    }
    ~Variable() { before_ ? ::setenv(name_, before_->c_str(), 1) : ::unsetenv(name_); }
    Variable(const Variable&) = delete;

private:
    const char* name_;
    std::optional<std::string> before_;
};

TEST(StateFolder, is_where_the_xdg_specification_says) {
    const Variable home{"HOME", "/home/somebody"};
    {
        const Variable state{"XDG_STATE_HOME", "/state"};
        EXPECT_EQ(*state_folder(), "/state/adyton");
    }
    for (const char* value : {static_cast<const char*>(nullptr), "", "relative"}) {
        const Variable state{"XDG_STATE_HOME", value};
        EXPECT_EQ(*state_folder(), "/home/somebody/.local/state/adyton");
    }
    const Variable none{"HOME", nullptr}, state{"XDG_STATE_HOME", nullptr};
    EXPECT_FALSE(state_folder());
}

}  // namespace
}  // namespace tools
