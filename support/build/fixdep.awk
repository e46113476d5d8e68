# SPDX-License-Identifier: BSD-3-Clause
# From a compiler's dependency file: the same without config.h and the compiler's own headers, plus
# one stamp for each option that these files name.
#	awk -v stamps=DIR/ -v config=FILE -v skip="DIRS" -f fixdep.awk FILE.dt

function known(name)
{
	if (!(name in exists)) {
		exists[name] = (getline line < (stamps name)) >= 0
		close(stamps name)
	}
	return exists[name]
}

function scan(path, line, name)
{
	while ((getline line < path) > 0)
		while (match(line, /CONFIG_[A-Z0-9_]+/)) {
			name = substr(line, RSTART + 7, RLENGTH - 7)
			line = substr(line, RSTART + RLENGTH)
			if (!(name in named)) {
				named[name] = 1
				if (known(name))
					printf " \\\n %s%s", stamps, name
			}
		}
	close(path)
}

function ours(path, i)
{
	if (path == config)
		return 0
	for (i in skipped)
		if (index(path, skipped[i] "/") == 1)
			return 0
	return 1
}

BEGIN { split(skip, skipped, " ") }
{
	for (i = 1; i <= NF; i++) {
		if ($i == "\\")
			continue
		if (NR == 1 && i == 1) {
			printf "%s", $i
		} else if (ours($i)) {
			printf " \\\n %s", $i
			files[++count] = $i
		}
	}
}
END {
	for (i = 1; i <= count; i++)
		scan(files[i])
	print ""
}
