/* The limit of every reader: SQLite steps through the rows of a query and nothing is kept. report_stepping DATABASE SQL */
#include <sqlite3.h>
#include <stdio.h>

int main(int count, char **words) {
    sqlite3 *db;
    sqlite3_stmt *statement;
    long long bytes = 0;
    if (count != 3 || sqlite3_open_v2(words[1], &db, SQLITE_OPEN_READONLY, 0) != SQLITE_OK ||
        sqlite3_prepare_v2(db, words[2], -1, &statement, 0) != SQLITE_OK) {
        fprintf(stderr, "failed to open the database or to read the query\n");
        return 1;
    }
    int columns = sqlite3_column_count(statement), answer;
    while ((answer = sqlite3_step(statement)) == SQLITE_ROW)
        for (int column = 0; column < columns; column++) {
            sqlite3_value *value = sqlite3_column_value(statement, column);
            if (sqlite3_value_type(value) == SQLITE_TEXT) {
                sqlite3_column_text(statement, column);
                bytes += sqlite3_column_bytes(statement, column);
            } else if (sqlite3_value_type(value) == SQLITE_FLOAT)
                bytes += sqlite3_column_double(statement, column) != 0;
        }
    printf("%lld\n", bytes);
    return answer != SQLITE_DONE;
}
