//===- Options.cpp - What the command line of sqa-run says ----------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/sqa-run/Options.h"

#include <algorithm>
#include <charconv>

namespace sqa::run {

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

template <typename T> static bool parseNumber(std::string_view text, T &out) {
  auto [end, status] =
      std::from_chars(text.data(), text.data() + text.size(), out);
  return status == std::errc() && end == text.data() + text.size();
}

static Error parseCount(std::string_view text, int64_t &out) {
  if (!parseNumber(text, out) || out < 0)
    return Error("expected a whole number of 0 or more, but got '" +
                 std::string(text) + "'");
  return Error::success();
}

static Error parsePadding(std::string_view text, int64_t &out) {
  constexpr int64_t kMost = 1 << 16;
  if (Error error = parseCount(text, out))
    return error;
  return out <= kMost ? Error::success()
                      : Error("expected at most " + std::to_string(kMost));
}

static Error parsePositive(std::string_view text, double &out) {
  // Not `out < 0`: that would let NaN through.
  if (!parseNumber(text, out) || !(out >= 0))
    return Error("expected a number of 0 or more, but got '" +
                 std::string(text) + "'");
  return Error::success();
}

static Error parseTolerance(std::string_view text, std::optional<double> &out) {
  return parsePositive(text, out.emplace());
}

static Error parseErrors(std::string_view text, std::vector<double> &out) {
  for (size_t at = 0; at <= text.size();) {
    size_t end = std::min(text.find(',', at), text.size());
    if (Error error =
            parsePositive(text.substr(at, end - at), out.emplace_back()))
      return error;
    at = end + 1;
  }
  return Error::success();
}

static Error parseBool(std::string_view text, bool &out) {
  const bool yes = text.empty() || text == "true" || text == "1";
  if (!yes && text != "false" && text != "0")
    return Error("expected true or false, but got '" + std::string(text) + "'");
  out = yes;
  return Error::success();
}

static Error parseString(std::string_view text, std::string &out) {
  if (text.empty())
    return Error("expected a value");
  out = text;
  return Error::success();
}

static Error parseDevice(std::string_view text, Options &options) {
  constexpr int64_t kMost = 1 << 16;
  options.gpu = text == "cpu" ? -1 : 0;
  if (text == "cpu" || text == "cuda")
    return Error::success();
  if (text.substr(0, 5) != "cuda:" ||
      !parseNumber(text.substr(5), options.gpu) || options.gpu < 0 ||
      options.gpu > kMost)
    return Error("expected cpu, cuda or cuda:N, but got '" + std::string(text) +
                 "'");
  return Error::success();
}

static Error parseFormat(std::string_view text, Options &options) {
  if (text != "json" && text != "console")
    return Error("expected console or json, but got '" + std::string(text) +
                 "'");
  options.benchmarkJson = text == "json";
  return Error::success();
}

static Error parseSha256(std::string_view text, Options &options) {
  const bool hex = text.find_first_not_of("0123456789abcdefABCDEF") ==
                   std::string_view::npos;
  if (!hex || text.size() != 64)
    return Error("expected 64 hexadecimal digits as sha256sum prints them");
  options.sha256 = text;
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Flags
//===----------------------------------------------------------------------===//

namespace {
struct Flag {
  const char *name;  // null: a heading
  const char *value; // null: a switch
  const char *help;
  Error (*set)(std::string_view text, Options &options);
};
} // namespace

#define SQA_SET(EXPR)                                                          \
  [](std::string_view text, Options &options) -> Error { return EXPR; }
#define SQA_APPEND(MEMBER)                                                     \
  SQA_SET(parseString(text, options.MEMBER.emplace_back()))

static const Flag kFlags[] = {
    {nullptr, nullptr, "What to do (default: call the function once)", nullptr},
    {"function", "NAME", "function to call; may be left out if there is one",
     SQA_SET(parseString(text, options.function))},
    {"list-functions", nullptr, "print the signature of every function",
     SQA_SET(parseBool(text, options.listFunctions))},
    {"list-devices", nullptr,
     "print the GPUs of this machine; takes no package",
     SQA_SET(parseBool(text, options.listDevices))},
    {"inspect", nullptr, "print all that the package says; no code is mapped",
     SQA_SET(parseBool(text, options.inspect))},
    {"benchmark", nullptr, "time calls of the function",
     SQA_SET(parseBool(text, options.benchmark))},
    {"print-statistics", nullptr, "print times and sizes to stderr at the end",
     SQA_SET(parseBool(text, options.printStatistics))},
    {"help", nullptr, "print this text",
     SQA_SET(parseBool(text, options.help))},
    {"version", nullptr, "print the version of the runtime",
     SQA_SET(parseBool(text, options.version))},

    {nullptr, nullptr, "Tensors (repeat these; forms of SPEC below)", nullptr},
    {"input", "[NAME=]SPEC",
     "next input in argument order, or the one called NAME",
     SQA_APPEND(inputs)},
    {"parameters", "FILE.safetensors",
     "weights for the inputs that the package marks as parameters",
     SQA_SET(parseString(text, options.parameters))},
    {"output", "[NAME=]@FILE.npy",
     "where the next result goes; - prints it (default: print all)",
     SQA_APPEND(outputs)},
    {"expected-output", "[NAME=]SPEC",
     "compare the next result; (ignored) skips one", SQA_APPEND(expected)},

    {nullptr, nullptr, "Checks", nullptr},
    {"atol", "X", "absolute tolerance (default: f32 1e-4, f16 1e-3, bf16 1e-2)",
     SQA_SET(parseTolerance(text, options.atol))},
    {"rtol", "X", "relative tolerance (default: as --atol)",
     SQA_SET(parseTolerance(text, options.rtol))},
    {"max-error", "X[,Y...]",
     "largest absolute error, or one for each result in order; replaces both "
     "tolerances",
     SQA_SET(parseErrors(text, options.maxErrors))},
    {"poison-outputs", nullptr,
     "fill outputs with NaN before the call (default when checking)",
     SQA_SET(parseBool(text, options.poisonOutputs.emplace()))},
    {"guard-bands", nullptr,
     "put NaN around every buffer; check that it and the inputs stay",
     SQA_SET(parseBool(text, options.guardBands))},
    {"row-padding", "N",
     "put N elements of NaN before and between the rows of every tensor:\n"
     "views that are neither contiguous nor aligned",
     SQA_SET(parsePadding(text, options.rowPadding))},

    {nullptr, nullptr, "Benchmark", nullptr},
    {"warmup", "N", "calls before the first timed one (default: 3)",
     SQA_SET(parseCount(text, options.warmup))},
    {"repetitions", "N", "timed calls (default: as many as --min-time needs)",
     SQA_SET(parseCount(text, options.repetitions))},
    {"min-time", "S", "seconds of timed calls, 5 at least (default: 0.5)",
     SQA_SET(parsePositive(text, options.minTime))},
    {"flops", "N", "operations of one call, to print GFLOP/s",
     SQA_SET(parsePositive(text, options.flops))},
    {"benchmark-format", "FORMAT", "console or json (default: console)",
     SQA_SET(parseFormat(text, options))},
    {"benchmark-out", "FILE", "write the JSON there as well",
     SQA_SET(parseString(text, options.benchmarkOut))},

    {nullptr, nullptr, "Execution", nullptr},
    {"device", "NAME",
     "cpu (default), or cuda, or cuda:N for GPU number N: inputs are copied\n"
     "there, results back; --benchmark then times by events",
     SQA_SET(parseDevice(text, options))},
    {"threads", "N", "threads that compute (default: all of this process)",
     SQA_SET(parseCount(text, options.threads))},
    {"isa", "NAME", "run this variant of the code, such as x86-64-v3",
     SQA_SET(parseString(text, options.isa))},

    {nullptr, nullptr, "Trust (a package is a program; see SECURITY.md)",
     nullptr},
    {"trust-local-build", nullptr,
     "you built the package here (default); nobody else may be able to\n"
     "change the file",
     SQA_SET((void(text), void(options), Error::success()))},
    {"sha256", "HEX", "accept the file with this digest only",
     SQA_SET(parseSha256(text, options))},
    {"allow-group-writable", nullptr,
     "accept files and folders that their group can write",
     SQA_SET(parseBool(text, options.allowGroupWritable))},
    {"allow-any-owner", nullptr,
     "accept any owner and mode, and folders such as /tmp",
     SQA_SET(parseBool(text, options.allowAnyOwner))},
};

#undef SQA_APPEND
#undef SQA_SET

/// Number of single-character edits between two short words.
static size_t editDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j)
    row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t change = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({change, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

static Error unknownFlag(std::string_view name) {
  const Flag *best = nullptr;
  size_t bestDistance = 4;
  for (const Flag &flag : kFlags)
    if (flag.name && editDistance(flag.name, name) < bestDistance) {
      best = &flag;
      bestDistance = editDistance(flag.name, name);
    }
  std::string message = "unknown option '--" + std::string(name) + "'";
  if (best)
    return Error(message + "; did you mean '--" + best->name + "'?");
  return Error(message + "; see --help");
}

static const Flag *findFlag(std::string_view name) {
  for (const Flag &flag : kFlags)
    if (flag.name && name == flag.name)
      return &flag;
  return nullptr;
}

/// Handles argv[at], and argv[at + 1] if that is its value.
static Error parseFlag(int argc, char **argv, int &at, Options &options) {
  std::string_view text(argv[at]);
  text.remove_prefix(text.substr(0, 2) == "--" ? 2 : 1);
  const size_t equals = text.find('=');
  const bool hasValue = equals != std::string_view::npos;
  std::string name(text.substr(0, equals));
  std::replace(name.begin(), name.end(), '_', '-');
  const Flag *flag = findFlag(name == "h" ? "help" : name);
  if (!flag)
    return unknownFlag(name);
  std::string_view value = hasValue ? text.substr(equals + 1) : "";
  if (flag->value && !hasValue) {
    if (at + 1 >= argc)
      return Error("--" + name + ": expected a value, as in --" + name + "=" +
                   flag->value);
    value = argv[++at];
  }
  if (Error error = flag->set(value, options))
    return Error("--" + name + ": " + error.str());
  return Error::success();
}

Error parseCommandLine(int argc, char **argv, Options &options) {
  for (int at = 1; at < argc; ++at) {
    const std::string_view word(argv[at]);
    if (word.size() > 1 && word[0] == '-') {
      if (Error error = parseFlag(argc, argv, at, options))
        return error;
    } else if (options.package.empty() && !word.empty()) {
      options.package = word;
    } else {
      return Error("expected one package, but got '" + options.package +
                   "' and '" + std::string(word) + "'");
    }
  }
  if (options.help || options.version || options.listDevices)
    return Error::success();
  if (options.package.empty())
    return Error("expected a package: sqa-run model.sqapkg --function=NAME "
                 "--input=SPEC ...; see --help");
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Help
//===----------------------------------------------------------------------===//

static const char kHelpHead[] =
    "usage: sqa-run model.sqapkg [options]\n"
    "\n"
    "Calls a function of a compiled package.\n"
    "\n"
    "  sqa-run model.sqapkg --list-functions\n"
    "  sqa-run model.sqapkg --function=main --input=@q.npy "
    "--input='2x3xf32=random(7)'\n"
    "  sqa-run model.sqapkg --input=@q.npy --output=@o.npy "
    "--expected-output=@r.npy\n"
    "  sqa-run model.sqapkg --input='1x8x1024x64xf32=random(1)' --benchmark\n";

static const char kHelpTail[] =
    "\n"
    "SPEC is one of\n"
    "  @path.npy                 a NumPy file\n"
    "  2x3xf32=1,2,3,4,5,6       elements in row-major order\n"
    "  2x3xf32=0.5               one value for all elements\n"
    "  2x3xf32=random(7)         random numbers of seed 7\n"
    "  4xi32=random(7, 1, 9)     random numbers of a range\n"
    "  2x3xf32=@path.bin         raw elements\n"
    "  f32=2.5                   a scalar\n"
    "\n"
    "Exit codes\n"
    "  0  all went well, and every comparison passed\n"
    "  1  a result differs from --expected-output, or a guard band was hit\n"
    "  2  the command line or a tensor it names is wrong\n"
    "  3  the package could not be loaded, or the call failed\n"
    "\n"
    "Underscores and dashes are the same in option names.\n";

std::string helpText() {
  constexpr size_t kColumn = 34;
  std::string text = kHelpHead;
  for (const Flag &flag : kFlags) {
    if (!flag.name) {
      text += "\n" + std::string(flag.help) + "\n";
      continue;
    }
    std::string left = "  --" + std::string(flag.name);
    if (flag.value)
      left += "=" + std::string(flag.value);
    left += std::string(left.size() < kColumn ? kColumn - left.size() : 2, ' ');
    text += left;
    for (const char *c = flag.help; *c; ++c) {
      text += *c;
      if (*c == '\n')
        text += std::string(kColumn, ' ');
    }
    text += "\n";
  }
  return text + kHelpTail;
}

} // namespace sqa::run
