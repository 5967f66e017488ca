# What is installed, and where. Three things live side by side under the prefix:
#
#   by itself           bin/astra-cmk, the host, which finds share/astra-cmk/schemas from where it lies itself
#   for C and Python    lib/libastra_cmk.so, include/astra_cmk.h, lib/pkgconfig/astra-cmk.pc, share/astra-cmk/schemas
#   for Terraform       share/terraform/plugins/HOST/astra-cmk/astra-cmk/VERSION/PLATFORM, the provider's package: program,
#   and OpenTofu        library and schemas, all real files, because the lock file covers what the package holds
#
# bin/terraform-provider-bridge is the provider program without a plugin, for providers of one's own; bridge/package makes
# packages of it.

include(${PROJECT_SOURCE_DIR}/bridge/package/platform.cmake)
set(package astra-cmk/astra-cmk/${PROJECT_VERSION}/${plugin_bridge_PLATFORM})
set(plugins ${CMAKE_INSTALL_DATADIR}/terraform/plugins)
set(provider_package ${plugins}/registry.terraform.io/${package})

# For C and Python.
file(RELATIVE_PATH pc_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" pc_prefix "${pc_prefix}")
configure_file(cmake/astra-cmk.pc.in astra-cmk.pc @ONLY)
install(TARGETS astra_cmk LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES plugin/astra_cmk.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/astra-cmk.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(DIRECTORY schemas DESTINATION ${CMAKE_INSTALL_DATADIR}/astra-cmk)
install(TARGETS terraform-provider-bridge RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES README.md CHANGELOG.md LICENSE SECURITY.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES docs/man/terraform-provider-bridge.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs FILES_MATCHING PATTERN "*.md" PATTERN parts EXCLUDE
  PATTERN man EXCLUDE)

# By itself. The host is named after what it manages; how it is called is all that it has to know of that.
install(PROGRAMS $<TARGET_FILE:bridge-host> DESTINATION ${CMAKE_INSTALL_BINDIR} RENAME astra-cmk)
set(host_name astra-cmk)
set(host_function astra_cmk)
configure_file(bridge/host/completion/bash.in completion/astra-cmk @ONLY)
configure_file(bridge/host/completion/zsh.in completion/_astra-cmk @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/completion/astra-cmk
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/completion/_astra-cmk DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES docs/man/astra-cmk.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)

# For Terraform and OpenTofu.
install(PROGRAMS $<TARGET_FILE:terraform-provider-bridge> DESTINATION ${provider_package}
  RENAME terraform-provider-astra-cmk_v${PROJECT_VERSION})
install(FILES $<TARGET_FILE:astra_cmk> DESTINATION ${provider_package} RENAME libastra_cmk.so)
install(DIRECTORY schemas DESTINATION ${provider_package})

# relative_link(TARGET LINK): both below the prefix.
function(relative_link target link)
  cmake_path(GET link PARENT_PATH folder)
  file(RELATIVE_PATH text /${folder} /${target})
  install(CODE "
    set(link \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${link}\")
    message(STATUS \"Linking: \${link}\")
    file(MAKE_DIRECTORY \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${folder}\")
    file(CREATE_LINK \"${text}\" \"\${link}\" SYMBOLIC)")
endfunction()
# provider.json names "../libastra_cmk.so".
relative_link(${CMAKE_INSTALL_LIBDIR}/libastra_cmk.so ${CMAKE_INSTALL_DATADIR}/astra-cmk/libastra_cmk.so)
# OpenTofu searches below its own registry's name.
relative_link(${provider_package} ${plugins}/registry.opentofu.org/${package})

# What a Python wheel holds beside its Python: real files, below the package that finds them by where it lies itself.
install(PROGRAMS $<TARGET_FILE:plugin_bridge> DESTINATION astra_cmk/lib RENAME libplugin_bridge.so
  COMPONENT python EXCLUDE_FROM_ALL)
install(PROGRAMS $<TARGET_FILE:astra_cmk> DESTINATION astra_cmk RENAME libastra_cmk.so
  COMPONENT python EXCLUDE_FROM_ALL)
install(DIRECTORY schemas DESTINATION astra_cmk COMPONENT python EXCLUDE_FROM_ALL)
