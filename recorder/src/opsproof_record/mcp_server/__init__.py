"""An MCP server that lets an agent or a device work one run as tools (`opsproof mcp`).

`desk` is the run with what an agent may do at it, `tools` the list of tools with their schemas, `views` what is shown
of contract and record, `files` what may be attached, `serving` the protocol. Only `serving` imports the package `mcp`,
which the extra ``opsproof-record[mcp]`` installs. No tool approves, checks, releases, authorises, closes, signs off,
ends or seals: those are for people.
"""
