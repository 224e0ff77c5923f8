// SPDX-License-Identifier: Apache-2.0
#include "replay/filter/filter.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include "replay/filter/constant.h"
#include "replay/filter/transform.h"
#include "tests/replay/filter/views.h"

namespace vestige::filter {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Numbers = std::vector<int>;

std::string inet(uint8_t last, uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(0x0a000000u | last);
  return {reinterpret_cast<char*>(&address), sizeof address};
}

// 1 fork, 2 exec cat, 3 open /etc/passwd, 4 read, 5 open fails, 6 socket,
// 7 connect 10.0.0.9:443, 8 close of the file, 9 exit.
class FilterTest : public ::testing::Test {
 protected:
  FilterTest() {
    ProcessState shell;
    shell.comm = "bash";
    shell.exe = "/bin/bash";
    shell.argv = {"-bash", "--login"};
    shell.cwd = "/root";
    trace.process(1, shell)
        .fork(1, 2)
        .exec(2, {"cat", "/etc/passwd", "-n"}, "/bin/cat")
        .open(2, "/etc/passwd", 3)
        .read(2, 3, 5)
        .part(1, PartKind::kPayload, "root:\x01\xff")
        .open(2, "/etc/shadow", -13)
        .call(2, "socket", {AF_INET, SOCK_STREAM, IPPROTO_TCP}, 4)
        .call(2, "connect", {4, 0x1000, 16}, 0)
        .part(1, PartKind::kSockaddr, inet(9, 443))
        .close(2, 3)
        .exit(2, 1);
  }
  Numbers operator()(std::string_view text, const Definitions& d = {}) {
    return matching(trace, text, d);
  }
  TraceBuilder trace;
};

#define EXPECT_MATCHES(text, ...) \
  EXPECT_EQ((*this)(text), (Numbers{__VA_ARGS__})) << text

TEST_F(FilterTest, ComparesText) {
  EXPECT_MATCHES("evt.type = openat", 3, 5);
  EXPECT_MATCHES("evt.type == read", 4);
  EXPECT_MATCHES("fd.name = /etc/passwd", 3, 4, 8);
  EXPECT_MATCHES("fd.name contains passw", 3, 4, 8);
  EXPECT_MATCHES("fd.name icontains PASSW", 3, 4, 8);
  EXPECT_MATCHES("fd.name startswith /etc", 3, 4, 8);
  EXPECT_MATCHES("fd.name endswith wd", 3, 4, 8);
  EXPECT_MATCHES("fd.name glob /etc/*ss?d", 3, 4, 8);
  EXPECT_MATCHES("fd.name glob /ETC/*");
  EXPECT_MATCHES("fd.name iglob /ETC/*", 3, 4, 8);
  EXPECT_MATCHES("fd.name regex '/[a-z]+/pass.*'", 3, 4, 8);
  EXPECT_MATCHES("fd.name regex 'pass'");  // the whole value, not a part
  EXPECT_MATCHES("evt.type in (read, close)", 4, 8);
  EXPECT_MATCHES("evt.type in ()");
}

TEST_F(FilterTest, ComparesPathsByWholeComponents) {
  EXPECT_MATCHES("fd.name pmatch (/etc)", 3, 4, 8);
  EXPECT_MATCHES("fd.name pmatch (/et, /var)");
  EXPECT_MATCHES("fd.name pmatch (/var, /etc/passwd)", 3, 4, 8);
  EXPECT_MATCHES("fd.name pmatch (/etc/passwd/x)");
  EXPECT_TRUE(is_path_prefix("/", "/a"));
  EXPECT_TRUE(is_path_prefix("/a//b/", "/a/b/c"));
  EXPECT_FALSE(is_path_prefix("/a/b", "/a"));
}

TEST_F(FilterTest, ComparesNumbersAndFlags) {
  EXPECT_MATCHES("evt.num > 7", 8, 9);
  EXPECT_MATCHES("evt.num >= 8", 8, 9);
  EXPECT_MATCHES("evt.num < 2", 1);
  EXPECT_MATCHES("evt.num <= 0x2", 1, 2);
  EXPECT_MATCHES("evt.num in (1, 3)", 1, 3);
  EXPECT_MATCHES("evt.rawres = -13", 5);
  EXPECT_MATCHES("evt.failed = true", 5);
  EXPECT_MATCHES("evt.is_open_read = true", 3, 5);
  EXPECT_MATCHES("evt.is_open_write=true");
  EXPECT_MATCHES("evt.arg.flags contains O_RDONLY", 3, 5);
  EXPECT_MATCHES("evt.deltatime <= 1us and evt.num > 1", 2, 3, 4, 5, 6, 7, 8,
                 9);
}

TEST_F(FilterTest, ComparesAddressesAndNetworks) {
  EXPECT_MATCHES("fd.sip = 10.0.0.9", 7);
  EXPECT_MATCHES("fd.sip = 10.0.0.0/8", 7);
  EXPECT_MATCHES("fd.snet = 10.0.0.8/31", 7);
  EXPECT_MATCHES("fd.net in (192.168.0.0/16, 10.0.0.0/24)", 7);
  EXPECT_MATCHES("fd.ip = 10.0.0.9", 7);
  EXPECT_MATCHES("fd.ip != 10.0.0.9");
  EXPECT_MATCHES("fd.sip != ::1", 7);  // another family is another address
  EXPECT_MATCHES("fd.sport = 443", 7);
  EXPECT_MATCHES("fd.port in (80, 443)", 7);
  EXPECT_MATCHES("fd.l4proto = tcp", 6, 7);
}

TEST_F(FilterTest, ComparesBytes) {
  EXPECT_MATCHES("evt.buffer contains root", 4);
  EXPECT_MATCHES("evt.buffer bcontains 01ff", 4);
  EXPECT_MATCHES("evt.buffer bstartswith 726F6F74", 4);
  EXPECT_MATCHES("evt.buffer bstartswith 01");
}

TEST_F(FilterTest, IsFalseForAnyComparisonWithAFieldThatHasNoValue) {
  EXPECT_MATCHES("fd.name != /etc/passwd", 6, 7);  // 6: a socket, not bound
  EXPECT_MATCHES("fd.sport != 1 and evt.num < 6");
  EXPECT_MATCHES("evt.buffer exists", 4);
  EXPECT_MATCHES("not evt.buffer exists", 1, 2, 3, 5, 6, 7, 8, 9);
  EXPECT_MATCHES("not evt.buffer contains root", 1, 2, 3, 5, 6, 7, 8, 9);
  // Never answered: not even `!=` holds.
  EXPECT_MATCHES("proc.vmsize != 7");
  EXPECT_MATCHES("proc.vmsize exists");
}

TEST_F(FilterTest, CombinesByAndOrNot) {
  EXPECT_MATCHES("evt.type=openat and not fd.name exists", 5);
  EXPECT_MATCHES("evt.num=1 or evt.num=2 and evt.type=nothing", 1);
  EXPECT_MATCHES("(evt.num=1 or evt.num=2) and proc.name=cat", 2);
  EXPECT_MATCHES("", 1, 2, 3, 4, 5, 6, 7, 8, 9);
}

TEST_F(FilterTest, AppliesFunctionsToBothSides) {
  EXPECT_MATCHES("toupper(proc.name) = CAT and evt.type = read", 4);
  EXPECT_MATCHES("tolower(evt.res) = eacces", 5);
  EXPECT_MATCHES("basename(fd.name) = passwd", 3, 4, 8);
  EXPECT_MATCHES("len(fd.name) = 11", 3, 4, 8);
  EXPECT_MATCHES("concat(proc.name, '-', evt.type) = 'cat-read'", 4);
  EXPECT_MATCHES("proc.pname = val(proc.name) and evt.num = 4");
  EXPECT_MATCHES("proc.name = tolower(proc.name) and evt.num = 4", 4);
  EXPECT_MATCHES("join(',', proc.aname) = bash and evt.num = 4", 4);
}

TEST_F(FilterTest, AppliesModifiersToLists) {
  EXPECT_MATCHES("evt.type startswith anyof (op, re)", 3, 4, 5);
  EXPECT_MATCHES("fd.name contains allof (etc, pass)", 3, 4, 8);
  EXPECT_MATCHES("fd.name contains oneof (etc, nothing)", 3, 4, 8);
  EXPECT_MATCHES("fd.name contains oneof (etc, pass)");
  EXPECT_MATCHES("fd.name = anyof ()");
  EXPECT_MATCHES("fd.name != allof (/etc/passwd, /x)", 6, 7);
}

TEST_F(FilterTest, LooksAtAllAncestors) {
  EXPECT_MATCHES("proc.aname = bash and evt.type = read", 4);
  EXPECT_MATCHES("proc.aname in (zsh, bash) and evt.type = read", 4);
  EXPECT_MATCHES("proc.aname[1] = bash and evt.type = read", 4);
  EXPECT_MATCHES("proc.aname[0] = cat and evt.type = read", 4);
  EXPECT_MATCHES("proc.aname[2] exists");
}

TEST_F(FilterTest, ExpandsMacrosAndLists) {
  Definitions d;
  d.macros["opens"] = "evt.type in (open_calls)";
  d.macros["failed_opens"] = "opens and evt.failed=true";
  d.lists["open_calls"] = {"open", "openat"};
  EXPECT_EQ((*this)("failed_opens", d), Numbers{5});
  EXPECT_EQ((*this)("evt.type in (open_calls, read) and not failed_opens", d),
            (Numbers{3, 4}));
  EXPECT_EQ((*this)("evt.type in open_calls", d), (Numbers{3, 5}));
}

TEST_F(FilterTest, RefusesMacrosThatNameEachOther) {
  Definitions d;
  d.macros["a"] = "b or b";
  d.macros["b"] = "a or a";
  EXPECT_THAT(compile_error("a", d), HasSubstr("circle"));
  // A bomb: each names the next twice.
  Definitions bomb;
  for (int i = 0; i < 40; ++i)
    bomb.macros["m" + std::to_string(i)] =
        "m" + std::to_string(i + 1) + " or m" + std::to_string(i + 1);
  bomb.macros["m40"] = "evt.num = 1";
  EXPECT_THAT(compile_error("m0", bomb), HasSubstr("too large"));
}

TEST(FilterErrors, NameWhatIsWrongAndWhatWasMeant) {
  EXPECT_EQ(compile_error("proc.nmae = cat"),
            "filter: unknown field proc.nmae: did you mean 'proc.name'?\n"
            "  proc.nmae = cat\n"
            "  ^^^^^^^^^");
  EXPECT_THAT(compile_error("spawned"), HasSubstr("unknown macro spawned"));
  EXPECT_THAT(compile_error("evt.num = abc"), HasSubstr("'abc' is no number"));
  EXPECT_THAT(compile_error("fd.sport = 65536"), HasSubstr("no port"));
  EXPECT_THAT(compile_error("fd.sip = 1.2.3"), HasSubstr("no IP address"));
  EXPECT_THAT(compile_error("fd.net = 10.0.0.0/33"), HasSubstr("no network"));
  EXPECT_THAT(compile_error("evt.failed = maybe"), HasSubstr("no bool"));
  EXPECT_THAT(compile_error("evt.num contains 1"),
              HasSubstr("'contains' cannot be used with a field of type"));
  EXPECT_THAT(compile_error("fd.types = file"), HasSubstr("with a list"));
  EXPECT_THAT(compile_error("evt.arg = 1"), HasSubstr("needs an argument"));
  EXPECT_THAT(compile_error("proc.name[1] = a"),
              HasSubstr("takes no argument"));
  EXPECT_THAT(compile_error("proc.name regex '('"), HasSubstr("no regular"));
  EXPECT_THAT(compile_error("evt.buffer bcontains abc"), HasSubstr("hex"));
  EXPECT_THAT(compile_error("len(proc.name) = val(proc.name)"),
              HasSubstr("cannot be compared"));
  EXPECT_THAT(compile_error("tolower(evt.num) = 1"), HasSubstr("takes text"));
}

TEST_F(FilterTest, IsNotSlowedDownByCatastrophicPatterns) {
  TraceBuilder long_trace;
  long_trace.process(1).open(1, "/" + std::string(20'000, 'a'), 3);
  EXPECT_THAT(matching(long_trace, "fd.name regex '(/|a|aa)+(a+)+b'"),
              IsEmpty());
  EXPECT_THAT(matching(long_trace, "fd.name glob /*a*a*a*a*a*a*a*a*a*b"),
              IsEmpty());
  EXPECT_THAT(compile_error("proc.name regex '((a{100}){100}){100}'"),
              HasSubstr("no regular expression"));
}

TEST_F(FilterTest, TakesHugeLists) {
  std::string text = "evt.type in (read";
  for (int i = 0; i < 100'000; ++i) text += ", x" + std::to_string(i);
  EXPECT_EQ((*this)(text + ")"), Numbers{4});
}

TEST_F(FilterTest, TellsWhichFieldsNoTraceCanAnswer) {
  const auto filter = Filter::compile("proc.vmsize > 1 or proc.name = a");
  ASSERT_TRUE(filter);
  EXPECT_THAT(filter->unanswerable(), ElementsAre("proc.vmsize"));
}

TEST(Transformers, DecodeBase64) {
  EXPECT_EQ(decode_base64("aGVsbG8="), "hello");
  EXPECT_EQ(decode_base64("aGVsbG8"), "hello");
  EXPECT_EQ(decode_base64(""), "");
  EXPECT_FALSE(decode_base64("a"));
  EXPECT_FALSE(decode_base64("a*=="));
}

TEST(Transformers, FindOptionsAsGetoptDoes) {
  using Words = std::vector<std::string>;
  const auto options = [](const Words& words, std::string letters,
                          std::string_view wanted = {}) {
    FieldValues out;
    apply_transformer(Transformer::kGetopt, {words, {std::move(letters)}}, true,
                      wanted, out);
    Words texts;
    for (const FieldValue& value : out.all()) texts.emplace_back(value.text);
    return texts;
  };
  const Words words = {"-xe", "id", "--long", "-q", "-e", "ls", "file", "-n"};
  EXPECT_THAT(options(words, "xe:"),
              ElementsAre("x", "e", "id", "?", "e", "ls"));
  EXPECT_THAT(options(words, "xe:", "e"), ElementsAre("ls"));  // the last one
  EXPECT_THAT(options(words, "xe:", "x"), ElementsAre("x"));
  EXPECT_THAT(options(words, "xe:n", "n"), IsEmpty());  // behind a file
  EXPECT_THAT(options({"-eid"}, "e:", "e"), ElementsAre("id"));
  EXPECT_THAT(options({"-e"}, "e:", "e"), ElementsAre(""));
  EXPECT_THAT(options({"--", "-x"}, "x"), IsEmpty());
}

TEST_F(FilterTest, FindsOptionsOfCommandLines) {
  EXPECT_MATCHES("getopt(proc.exeline, bash)[b] = b", 1);
  EXPECT_MATCHES("getopt(proc.cmdline, \"n\") intersects (n)");
  EXPECT_THAT(compile_error("getopt(proc.args, \"n:\")[no] = 1"),
              HasSubstr("letter of an option"));
}

TEST(Constants, GlobsAreThoseOfFnmatchWithoutFlags) {
  const auto matches = [](std::string glob, std::string_view text) {
    const auto constant =
        Constant::parse(FieldType::kText, Operator::kGlob, std::move(glob));
    FieldValue value;
    value.text = text;
    return constant &&
           compare(Operator::kGlob, FieldType::kText, value, *constant);
  };
  EXPECT_TRUE(matches("[a-c]x", "bx"));
  EXPECT_FALSE(matches("[!a-c]x", "bx"));
  EXPECT_TRUE(matches("a.b", "a.b"));
  EXPECT_FALSE(matches("a.b", "axb"));
  EXPECT_TRUE(matches("[]x]", "]"));
  EXPECT_FALSE(matches("[!]x]", "]"));
  EXPECT_TRUE(matches("[[:digit:]_]*", "7up"));
  EXPECT_FALSE(matches("[[:digit:]]*", "up"));
  EXPECT_TRUE(matches("a[", "a["));
  EXPECT_TRUE(matches("@(a|b)", "@(a|b)"));
  EXPECT_FALSE(matches("@(a|b)", "a"));
  EXPECT_TRUE(matches("!(a)", "!(a)"));
  EXPECT_TRUE(matches("a\\*", "a*"));
  EXPECT_TRUE(matches("*", "line\nbreak\xff"));
}

}  // namespace
}  // namespace vestige::filter
