//===- Inspect.cpp - What a package says about itself, as text ------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/sqa-run/Inspect.h"

#include <algorithm>
#include <vector>

namespace sqa::run {

//===----------------------------------------------------------------------===//
// Tables
//===----------------------------------------------------------------------===//

namespace {
using Row = std::vector<std::string>;
} // namespace

static bool isNumber(const std::string &cell) {
  return !cell.empty() &&
         cell.find_first_not_of("0123456789-") == std::string::npos;
}

/// Columns as wide as their widest cell; below a header, numbers to the right.
static std::string formatTable(const std::vector<Row> &rows, bool header) {
  std::vector<size_t> widths;
  for (const Row &row : rows)
    for (size_t c = 0; c < row.size(); ++c) {
      widths.resize(std::max(widths.size(), c + 1));
      widths[c] = std::max(widths[c], row[c].size());
    }
  std::string text;
  for (const Row &row : rows) {
    std::string line = " ";
    for (size_t c = 0; c < row.size(); ++c) {
      const std::string pad(widths[c] - row[c].size(), ' ');
      line += " " + (header && isNumber(row[c]) ? pad + row[c] : row[c] + pad) +
              " ";
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

static std::string indented(const char *lines, size_t columns) {
  const std::string indent(columns, ' ');
  std::string text = indent;
  for (const char *c = lines; *c; ++c) {
    text += *c;
    if (*c == '\n' && c[1])
      text += indent;
  }
  return text.back() == '\n' ? text : text + "\n";
}

//===----------------------------------------------------------------------===//
// Parts
//===----------------------------------------------------------------------===//

static sqart_package_info_t packageInfo(const sqart_package_t *package) {
  sqart_package_info_t info = {};
  info.struct_size = sizeof(info);
  sqart_package_get_info(package, &info);
  return info;
}

static std::string hex(const uint8_t (&bytes)[32]) {
  std::string text;
  for (uint8_t byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

static std::string formatHeader(const sqart_package_info_t &info) {
  return formatTable({{"package", info.name},
                      {"producer", info.producer},
                      {"format", std::to_string(info.format_version)},
                      {"kernel ABI", std::to_string(info.kernel_abi_version)},
                      {"bytes", std::to_string(info.size)},
                      {"sha256", hex(info.sha256)}},
                     /*header=*/false);
}

static std::string formatSections(const sqart_package_t *package,
                                  uint32_t count) {
  std::vector<Row> rows = {{"#", "name", "kind", "offset", "bytes"}};
  for (uint32_t i = 0; i < count; ++i) {
    sqart_section_info_t section = {};
    section.struct_size = sizeof(section);
    if (sqart_package_get_section(package, i, &section) == SQART_STATUS_OK)
      rows.push_back({std::to_string(i), section.name, section.kind_name,
                      std::to_string(section.offset),
                      std::to_string(section.size)});
  }
  return formatTable(rows, /*header=*/true);
}

// Code of a variant for GPUs is that of the host, which launches.
static const char *variantDevices(uint32_t devices) {
  if (devices == SQART_DEVICE_CUDA)
    return "launches";
  return devices & SQART_DEVICE_CUDA ? "cpu, launches" : "cpu";
}

static std::string formatVariants(const sqart_package_t *package,
                                  uint32_t count) {
  std::vector<Row> rows = {
      {"isa", "for", "priority", "section", "runs here", "features"}};
  for (uint32_t i = 0; i < count; ++i) {
    sqart_variant_info_t variant = {};
    variant.struct_size = sizeof(variant);
    if (sqart_package_get_variant(package, i, &variant) == SQART_STATUS_OK)
      rows.push_back({variant.isa, variantDevices(variant.devices),
                      std::to_string(variant.priority),
                      std::to_string(variant.section),
                      variant.runs_here
                          ? "yes"
                          : "no: " + std::string(variant.missing),
                      variant.features});
  }
  return formatTable(rows, /*header=*/true);
}

static std::string formatGpuModules(const sqart_package_t *package,
                                    uint32_t count) {
  std::vector<Row> rows = {{"arch", "program", "section", "kernels"}};
  for (uint32_t i = 0; i < count; ++i) {
    sqart_gpu_module_info_t module = {};
    module.struct_size = sizeof(module);
    if (sqart_package_get_gpu_module(package, i, &module) != SQART_STATUS_OK)
      continue;
    std::string kernels;
    for (uint32_t k = 0; k < module.num_kernels; ++k)
      kernels += std::string(k ? " " : "") + module.kernels[k];
    rows.push_back({module.arch, std::to_string(module.program),
                    std::to_string(module.section), kernels});
  }
  return formatTable(rows, /*header=*/true);
}

static const char *deviceNames(uint32_t devices) {
  if (devices == SQART_DEVICE_CUDA)
    return " (cuda)";
  return devices & SQART_DEVICE_CUDA ? " (cpu, cuda)" : "";
}

static std::string formatTensors(const sqart_package_t *package,
                                 uint32_t function,
                                 const sqart_function_info_t &info) {
  std::vector<Row> rows;
  for (uint32_t i = 0; i < info.num_inputs + info.num_outputs; ++i) {
    sqart_tensor_info_t tensor = {};
    tensor.struct_size = sizeof(tensor);
    if (sqart_package_get_tensor(package, function, i, &tensor) !=
        SQART_STATUS_OK)
      continue;
    rows.push_back(
        {i < info.num_inputs ? "  in" : "  out", tensor.name, tensor.type});
    if (tensor.parameter)
      rows.back().push_back("parameter " + std::string(tensor.parameter));
  }
  return formatTable(rows, /*header=*/false);
}

static std::string formatFunctions(const sqart_package_t *package,
                                   uint32_t count) {
  std::string text;
  for (uint32_t i = 0; i < count; ++i) {
    sqart_function_info_t info = {};
    info.struct_size = sizeof(info);
    if (sqart_package_get_function(package, i, &info) != SQART_STATUS_OK)
      continue;
    text += "  " + std::string(info.name) + deviceNames(info.devices) + "\n" +
            formatTensors(package, i, info);
    if (info.schedule[0])
      text += "    schedule\n" + indented(info.schedule, 6);
    if (info.remarks[0])
      text += "    remarks\n" + indented(info.remarks, 6);
  }
  return text;
}

std::string listFunctions(const sqart_package_t *package) {
  std::string text;
  const uint32_t count = packageInfo(package).num_functions;
  for (uint32_t i = 0; i < count; ++i) {
    sqart_function_info_t info = {};
    info.struct_size = sizeof(info);
    if (sqart_package_get_function(package, i, &info) == SQART_STATUS_OK)
      text += std::string(info.signature) + "\n";
  }
  return text;
}

std::string inspect(const sqart_package_t *package) {
  const sqart_package_info_t info = packageInfo(package);
  std::string text = formatHeader(info);
  text += "\nsections\n" + formatSections(package, info.num_sections);
  text += "\nvariants\n" + formatVariants(package, info.num_variants);
  if (info.num_gpu_modules)
    text += "\nGPU modules\n" + formatGpuModules(package, info.num_gpu_modules);
  text += "\nfunctions\n" + formatFunctions(package, info.num_functions);
  if (info.schedule[0])
    text += "\nschedule\n" + indented(info.schedule, 2);
  if (info.remarks[0])
    text += "\nremarks\n" + indented(info.remarks, 2);
  return text;
}

} // namespace sqa::run
